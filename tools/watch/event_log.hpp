// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Stamps events and hands them to all sinks. Thread-safe.
class EventLog {
 public:
  void add(std::shared_ptr<EventSink> sink);

  /// Adds "timestamp" (UTC, milliseconds), "event" and "stream" in front.
  /// @throws Error that a sink throws
  void write(const std::string& name, const std::string& stream, const Json& details);
  void attend();

 private:
  void send(const Event& event);

  std::mutex mutex_;
  std::vector<std::shared_ptr<EventSink>> sinks_;
};

/// A line for each event, written at once; a file is added to, not replaced.
class JsonLinesSink : public EventSink {
 public:
  /// @param path  empty or "-" for standard output. @throws Error `io`
  explicit JsonLinesSink(const std::string& path);

  std::string name() const override { return "output"; }
  /// @throws Error `io`
  std::string write(const Event& event) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace fliqe::tools
