// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/error.hpp>
#include <span>
#include <string>
#include <system_error>

namespace fliqe::weights {

/// A whole file in memory. Read, not mapped: a mapped file that somebody cuts off ends the process.
class FileBytes {
 public:
  /// @throws Error `io` when the file cannot be opened or read, is no regular file, or becomes
  ///         shorter meanwhile
  explicit FileBytes(const std::string& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0) fail(path, "cannot open", errno);
    struct stat status {};
    if (::fstat(file.number, &status) != 0) fail(path, "cannot inspect", errno);
    detail::require(S_ISREG(status.st_mode), ErrorCode::io, path + ": expected a regular file");
    bytes_ = AlignedBuffer<std::byte>(static_cast<std::size_t>(status.st_size));
    for (std::size_t done = 0; done < bytes_.size();) {
      const ssize_t count = ::read(file.number, bytes_.data() + done, bytes_.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(path, "cannot read", errno);
      detail::require(count > 0, ErrorCode::io, path + ": became shorter while it was read");
      done += static_cast<std::size_t>(count);
    }
  }

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };

  [[noreturn]] static void fail(const std::string& path, const char* what, int error) {
    detail::raise(ErrorCode::io,
                  path + ": " + what + ": " + std::generic_category().message(error));
  }

  AlignedBuffer<std::byte> bytes_;
};

}  // namespace fliqe::weights
