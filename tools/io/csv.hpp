// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::tools {

/// A row as RFC 4180 defines it: fields are quoted where they must be. There is one at least.
std::string csv_row(const std::vector<std::string>& fields);

/// A table with a header row.
struct CsvTable {
  std::string name;  ///< of the file, for messages
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// The place of a column. @throws Error `corrupt_file` when there is none of that name
  std::size_t column(std::string_view column_name) const;
  bool has(std::string_view column_name) const noexcept;
};

/// RFC 4180, with either line ending; empty lines are skipped.
/// @throws Error `io`, or `corrupt_file` when a row has another number of fields than the header
CsvTable read_csv(const std::string& path);

}  // namespace fliqe::tools
