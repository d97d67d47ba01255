// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "watch/event_sink.hpp"

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

/// A hook for alerts and their ends.
class HookSink : public EventSink {
 public:
  explicit HookSink(std::string command) : hook_(std::move(command)) {}

  std::string name() const override { return "hook"; }
  std::string write(const Event& event) override {
    const bool concerns = event.name == "alert" || event.name == "clear";
    return concerns ? hook_.start(event.line) : std::string();
  }
  std::optional<SinkReport> attend() override {
    hook_.attend();
    return std::nullopt;
  }

 private:
  Hook hook_;
};

}  // namespace fliqe::tools
