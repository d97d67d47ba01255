// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fliqe/base/error.hpp>
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
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot open", errno);
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    const int stat_error = errno;
    if (!known || !S_ISREG(status.st_mode)) {
      ::close(descriptor);
      if (!known) fail(path, "cannot inspect", stat_error);
      detail::raise(ErrorCode::io, path + ": expected a regular file");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ != 0) {
      data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    const int map_error = errno;
    ::close(descriptor);
    if (data_ == MAP_FAILED) {
      data_ = nullptr;
      fail(path, "cannot map", map_error);
    }
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
  [[noreturn]] static void fail(const std::string& path, const char* what, int error) {
    detail::raise(ErrorCode::io, path + ": " + what + ": " + std::strerror(error));
  }

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fliqe::tools
