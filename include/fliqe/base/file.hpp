// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// A regular file, open for reading.
class InputFile {
 public:
  /// @throws Error `io` when the file cannot be opened or is no regular file
  explicit InputFile(const std::string& path)
      : path_(path), descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {
    if (descriptor_.number < 0) fail("cannot open", errno);
    struct stat status {};
    if (::fstat(descriptor_.number, &status) != 0) fail("cannot inspect", errno);
    require(S_ISREG(status.st_mode), ErrorCode::io, {path, ": expected a regular file"});
    require(std::cmp_less_equal(status.st_size, PTRDIFF_MAX), ErrorCode::io,
            {path, ": has ", status.st_size, " bytes; this processor can address ", PTRDIFF_MAX});
    size_ = static_cast<std::size_t>(status.st_size);
  }

  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  int descriptor() const noexcept { return descriptor_.number; }
  /// When it was opened.
  std::size_t size() const noexcept { return size_; }

  /// Fills `bytes` with what comes next. @throws Error `io`, also when the file ends before
  void read(std::span<std::byte> bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count = ::read(descriptor(), bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("cannot read", errno);
      require(count > 0, ErrorCode::io, {path_, ": became shorter while it was read"});
      done += static_cast<std::size_t>(count);
    }
  }

  [[noreturn]] void fail(const char* what, int error) const {
    raise(ErrorCode::io, {path_, ": ", what, ": ", std::generic_category().message(error)});
  }

 private:
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };

  std::string path_;
  const Descriptor descriptor_;
  std::size_t size_ = 0;
};

/// A whole file in memory, aligned for vector registers. Read, not mapped: a mapped file that
/// somebody cuts off ends the process.
class FileBytes {
 public:
  /// @throws Error `io`, naming the file
  explicit FileBytes(const std::string& path) : FileBytes(InputFile(path)) {}

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  explicit FileBytes(const InputFile& file) : bytes_(file.size()) { file.read(bytes_); }

  AlignedBuffer<std::byte> bytes_;
};

/// Reads a whole regular file. @throws Error `io`, naming it
inline std::vector<std::byte> read_file(const std::string& path) {
  const InputFile file(path);
  std::vector<std::byte> bytes(file.size());
  file.read(bytes);
  return bytes;
}

}  // namespace fliqe::inline FLIQE_ABI
