// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/files.hpp"

extern char** environ;

namespace fliqe::test {

/// False when it does not become true in a time that is long even on a busy machine.
inline bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(slowed ? 120 : 30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// A shell command that runs beside the test; it is killed with the object.
class Process {
 public:
  explicit Process(const std::string& command) {
    std::string line = "exec " + command;
    char shell[] = "sh", option[] = "-c";
    char* const arguments[] = {shell, option, line.data(), nullptr};
    if (::posix_spawn(&process_, "/bin/sh", nullptr, nullptr, arguments, environ) != 0) {
      throw std::runtime_error("cannot start " + command);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { end(SIGKILL); }

  bool is_running() {
    if (process_ > 0 && ::waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
    return process_ > 0;
  }

  /// Its exit code; that of a shell when a signal ended it.
  int end(int signal) {
    if (is_running()) {
      ::kill(process_, signal);
      ::waitpid(process_, &status_, 0);
      process_ = 0;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  pid_t process_ = 0;
  int status_ = 0;
};

}  // namespace fliqe::test
