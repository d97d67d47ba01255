// SPDX-License-Identifier: MIT
// CSV tables, NumPy arrays and the configuration of fliqe watch.
#include "fuzz/target.hpp"
#include "support/csv.hpp"
#include "support/npy.hpp"
#include "watch/watch_config.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fliqe::fuzz::refused_or_read_file;
  refused_or_read_file(data, size, [](const std::string& path) { fliqe::tools::read_csv(path); });
  refused_or_read_file(data, size, [](const std::string& path) { fliqe::tools::read_npy(path); });
  return refused_or_read_file(data, size, [](const std::string& path) {
    fliqe::tools::check_watch_config(fliqe::tools::read_watch_config(path, {}, {}));
  });
}
