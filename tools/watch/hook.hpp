// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace fliqe::tools {

/// Runs a shell command for each event, without waiting for it: the event as JSON on its standard
/// input, what it prints goes to standard error. Not thread-safe.
class Hook {
 public:
  /// @param command  empty: nothing is ever run. @param seconds  that it may take
  explicit Hook(std::string command, double seconds = 60);
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  /// Waits for what still runs, as long as it may take.
  ~Hook();

  /// Empty, or why it could not be started.
  std::string start(const std::string& event);
  /// To be called from time to time: buries the dead, ends what takes too long.
  void attend();

 private:
  using Clock = std::chrono::steady_clock;
  struct Child {
    pid_t process;
    Clock::time_point deadline;
  };

  std::string command_;
  Clock::duration limit_;
  std::vector<Child> children_;
};

}  // namespace fliqe::tools
