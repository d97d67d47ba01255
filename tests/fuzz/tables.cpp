// SPDX-License-Identifier: MIT
// CSV tables, NumPy arrays and the configuration of fliqe watch. What could be read must come back
// when it is written and read again.
#include <cstring>

#include "fuzz/target.hpp"
#include "io/csv.hpp"
#include "io/npy.hpp"
#include "watch/watch_config.hpp"

using namespace fliqe;
using fuzz::refused_or_read_file;

namespace {

const std::uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

void write_again(const tools::CsvTable& table) {
  static_cast<void>(table.has("label") && table.column("label") > 0);
  std::string written = tools::csv_row(table.header);
  for (const auto& row : table.rows) written += tools::csv_row(row);
  refused_or_read_file(bytes_of(written), written.size(),
                       [](const std::string& path) { tools::read_csv(path); });
}

void write_again(const tools::NpyMatrix& matrix) {
  const std::string written = tools::to_npy(matrix);
  refused_or_read_file(bytes_of(written), written.size(), [&](const std::string& path) {
    const tools::NpyMatrix again = tools::read_npy(path);
    const std::size_t size = matrix.values.size() * sizeof(float);
    if (again.rows != matrix.rows || again.columns != matrix.columns ||
        (size > 0 && std::memcmp(again.values.data(), matrix.values.data(), size) != 0)) {
      std::abort();
    }
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  refused_or_read_file(data, size,
                       [](const std::string& path) { write_again(tools::read_csv(path)); });
  refused_or_read_file(data, size,
                       [](const std::string& path) { write_again(tools::read_npy(path)); });
  return refused_or_read_file(data, size, [](const std::string& path) {
    tools::check_watch_config(tools::read_watch_config(path, {}, {}));
  });
}
