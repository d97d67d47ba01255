// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fliqe/base/error.hpp>
#include <span>
#include <string>

// What a fuzzer calls: libFuzzer, or replay.cpp in builds without it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fliqe::fuzz {

using Bytes = std::span<const std::byte>;

/// Hostile bytes may be refused by an Error; everything else that is thrown is a fault.
template <class Read>
int refused_or_read(const std::uint8_t* data, std::size_t size, const Read& read) {
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const Error&) {
  }
  return 0;
}

/// For readers of files: calls `read(path)` with a file of these bytes, which lies in memory only.
template <class Read>
int refused_or_read_file(const std::uint8_t* data, std::size_t size, const Read& read) {
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  refused_or_read(data, size, [&](Bytes) { read(path); });
  ::close(file);
  return 0;
}

}  // namespace fliqe::fuzz
