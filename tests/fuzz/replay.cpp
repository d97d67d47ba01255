// SPDX-License-Identifier: MIT
// A fuzz target without libFuzzer: reads every file of some folders as it is, cut off, with bytes
// changed, and changed by its structure where the target knows how; always in the same ways. For
// the test suite, and to look at what a fuzzer found.
// Usage: PROGRAM CHANGES FOLDER...
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fliqe/base/random.hpp>
#include <string>
#include <vector>

#include "fuzz/mutators.hpp"
#include "fuzz/target.hpp"
#include "support/files.hpp"

#pragma weak LLVMFuzzerCustomMutator

namespace {

using Input = std::vector<std::uint8_t>;

fliqe::Random& generator() {
  static fliqe::Random random(1);
  return random;
}

void read(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

Input changed(const Input& input, int i) {
  Input other = input;
  other.resize(input.size() + 512);
  const auto change = LLVMFuzzerCustomMutator != nullptr && i % 2 == 0
                          ? LLVMFuzzerCustomMutator(other.data(), input.size(), other.size(),
                                                    static_cast<unsigned>(i))
                          : LLVMFuzzerMutate(other.data(), input.size(), other.size());
  other.resize(change);
  return other;
}

std::size_t read_changed(const Input& input, int changes) {
  generator() = fliqe::Random(input.size());
  read(input);
  for (int i = 0; i < changes; ++i) read(changed(input, i));
  return 1 + static_cast<std::size_t>(changes);
}

}  // namespace

/// Every fourth time cuts the input off, else changes one byte.
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t /*max_size*/) {
  fliqe::Random& random = generator();
  if (size == 0) return 0;
  if (random.below(4) == 0) return random.below(size);
  // Most of what matters stands near the beginning or the end.
  const std::size_t reach = random.below(3) == 0 ? std::min<std::size_t>(512, size) : size;
  const std::size_t place = random.below(reach);
  constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff};
  data[random.below(2) == 0 ? place : size - 1 - place] =
      random.below(3) == 0 ? telling[random.below(5)]
                           : static_cast<std::uint8_t>(random.below(256));
  return size;
}

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
