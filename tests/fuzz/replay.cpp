// SPDX-License-Identifier: MIT
// A fuzz target without libFuzzer: reads every file of some folders as it is, cut off, and with
// bytes changed, always the same ones. For the test suite, and to look at what a fuzzer found.
// Usage: PROGRAM CHANGES FOLDER...
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fliqe/base/random.hpp>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include "support/files.hpp"

namespace {

void read(const std::vector<std::uint8_t>& bytes) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::size_t read_changed(const std::vector<std::uint8_t>& bytes, int changes) {
  fliqe::Random random(bytes.size());
  std::size_t inputs = 1;
  read(bytes);
  for (int i = 0; i < changes && !bytes.empty(); ++i, ++inputs) {
    std::vector<std::uint8_t> changed = bytes;
    if (i % 4 == 0) {
      changed.resize(random.below(bytes.size()));
    } else {
      // Most of what matters stands near the beginning or the end.
      const std::size_t reach =
          i % 4 == 1 ? std::min<std::size_t>(512, bytes.size()) : bytes.size();
      const std::size_t place = random.below(reach);
      const std::size_t from = i % 8 < 4 ? place : bytes.size() - 1 - place;
      constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff};
      changed[from] =
          i % 3 == 0 ? telling[random.below(5)] : static_cast<std::uint8_t>(random.below(256));
    }
    read(changed);
  }
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 2; i < argc; ++i) {
    if (!std::filesystem::exists(argv[i])) continue;  // nothing was found by this target yet
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      const std::string text = fliqe::test::read_text(entry.path().string());
      inputs += read_changed({text.begin(), text.end()}, std::stoi(argv[1]));
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs == 0 ? 1 : 0;
}
