// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "eval/evaluation.hpp"
#include "io/csv.hpp"

namespace fliqe::tools {

/// Other measures of quality: the numeric columns of a .csv file with the columns "file" and, with
/// --distort, "label", as --scores writes them. Columns that are no measures (group, distorted,
/// quality, logit) are left out.
class BaselineTable {
 public:
  /// @throws Error `io` or `corrupt_file`, also when no column can be a measure
  explicit BaselineTable(const std::string& path);

  /// How well each column tells the pictures apart. @throws Error `corrupt_file` when none can
  std::vector<BaselineMeasure> judge(const std::vector<ScoredPicture>& pictures) const;

 private:
  [[noreturn]] void refuse(const char* which) const;

  std::string path_;
  CsvTable csv_;
  std::vector<std::size_t> measures_;  ///< columns that hold a number at least
};

/// How well the variance of the Laplacian tells the pictures apart, and what `table` holds, if
/// there is one. Empty unless there are clean and distorted pictures.
std::vector<BaselineMeasure> baseline_measures(const std::vector<ScoredPicture>& pictures,
                                               const std::optional<BaselineTable>& table);

}  // namespace fliqe::tools
