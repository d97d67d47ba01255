// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fliqe/base/random.hpp>
#include <string>
#include <string_view>

/// Changes bytes without knowing what they are: libFuzzer's own, or that of replay.cpp.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

/// Changes an input by its structure; a target may define it, and whoever fuzzes then calls it.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed);

namespace fliqe::fuzz {

/// A pickle with instructions left out, repeated, moved, added or with another argument; always
/// whole instructions, where the bytes can be read as such.
std::string change_pickle(std::string_view pickle, Random& random);

/// An archive with one number of its headers changed, or with a record of other contents whose
/// sizes and checksum are right.
std::string change_zip(std::string_view file, Random& random);

/// `LLVMFuzzerMutate` for a string, which may grow by a few bytes.
inline std::string change_bytes(std::string bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(size + 16);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, size + 16));
  return bytes;
}

/// The body of a target's `LLVMFuzzerCustomMutator`: every fourth change is one of plain bytes.
template <class Change>
std::size_t change_input(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed,
                         const Change& change) {
  Random random(seed);
  if (random.below(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string changed =
      change(std::string_view(reinterpret_cast<const char*>(data), size), random);
  const std::size_t kept = std::min(changed.size(), max_size);
  std::memcpy(data, changed.data(), kept);
  return kept;
}

}  // namespace fliqe::fuzz
