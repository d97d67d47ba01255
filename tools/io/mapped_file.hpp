// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <fliqe/base/file.hpp>
#include <span>
#include <string>
#include <utility>

namespace fliqe::tools {

/// A whole file, read-only, mapped into memory. Move-only.
///
/// For sequences that may be larger than the memory. Truncating the file while it is mapped makes
/// later reads fault (SIGBUS), which ends the program with a message (main.cpp).
class MappedFile {
 public:
  /// @throws Error `io` when the file cannot be opened or mapped or is no regular file
  explicit MappedFile(const std::string& path) {
    const InputFile file(path);
    if (file.size() == 0) return;
    void* const data = ::mmap(nullptr, file.size(), PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (data == MAP_FAILED) file.fail("cannot map", errno);
    data_ = data;
    size_ = file.size();
  }

  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedFile() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }

  std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(data_), size_};
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fliqe::tools
