// SPDX-License-Identifier: MIT
#include "io/csv.hpp"

#include <algorithm>
#include <fliqe/base/error.hpp>

#include "io/inputs.hpp"

namespace fliqe::tools {
namespace {

/// Reads field after field.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  bool at_end() const noexcept { return rest_.empty(); }

  std::vector<std::string> row() {
    ++line_;
    std::vector<std::string> fields;
    do {
      fields.push_back(field());
    } while (take(','));
    take('\r');
    if (!take('\n') && !rest_.empty()) fail("expected a comma or the end of the line");
    return fields;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::corrupt_file, name_ + ": row " + std::to_string(line_) + ": " + what);
  }

 private:
  bool take(char letter) {
    if (rest_.empty() || rest_.front() != letter) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string field() {
    if (!take('"')) {
      const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
      const std::string plain(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return plain;
    }
    std::string quoted;
    while (true) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) fail("a quoted field does not end");
      quoted += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!take('"')) return quoted;
      quoted += '"';
    }
  }

  std::string_view rest_;
  const std::string& name_;
  std::size_t line_ = 0;
};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? "\"\"" : std::string(1, letter);
  return result + "\"";
}

}  // namespace

std::string csv_row(const std::vector<std::string>& fields) {
  std::string row;
  for (const std::string& field : fields) row += quoted(field) + ",";
  row.pop_back();
  return row + "\r\n";
}

bool CsvTable::has(std::string_view column_name) const noexcept {
  return std::ranges::find(header, column_name) != header.end();
}

std::size_t CsvTable::column(std::string_view column_name) const {
  const auto found = std::ranges::find(header, column_name);
  require(found != header.end(), ErrorCode::corrupt_file,
          name + ": expected a column '" + std::string(column_name) + "'");
  return static_cast<std::size_t>(found - header.begin());
}

CsvTable read_csv(const std::string& path) {
  const std::vector<std::byte> bytes = read_input(path);
  CsvTable table{path, {}, {}};
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // which spreadsheets write
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  CsvReader reader(text, table.name);
  while (!reader.at_end()) {
    std::vector<std::string> row = reader.row();
    if (row.size() == 1 && row.front().empty()) continue;
    if (table.header.empty()) {
      table.header = std::move(row);
      continue;
    }
    if (row.size() != table.header.size()) {
      reader.fail("expected " + std::to_string(table.header.size()) + " fields, found " +
                  std::to_string(row.size()));
    }
    table.rows.push_back(std::move(row));
  }
  require(!table.header.empty(), ErrorCode::corrupt_file,
          path + ": expected a header row, found nothing");
  return table;
}

}  // namespace fliqe::tools
