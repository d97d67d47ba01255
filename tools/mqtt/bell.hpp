// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <string>

namespace fliqe::tools {

/// Wakes a thread that polls its file.
class Bell {
 public:
  Bell() : file_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    require(file_ >= 0, ErrorCode::io, std::string("eventfd: ") + std::strerror(errno));
  }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell() { ::close(file_); }

  int file() const noexcept { return file_; }
  void ring() const { ::eventfd_write(file_, 1); }
  void hush() const {
    eventfd_t count = 0;
    ::eventfd_read(file_, &count);
  }

 private:
  int file_;
};

}  // namespace fliqe::tools
