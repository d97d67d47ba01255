// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// "2026-03-01T12:00:00.123Z"
std::string utc_now();

/// Adds "timestamp" (UTC, milliseconds), "event" and "stream" in front.
Event stamped_event(const std::string& name, const std::string& stream, const Json& details);

/// Stamps events and hands them to all sinks. Thread-safe.
class EventLog {
 public:
  void add(std::shared_ptr<EventSink> sink);

  /// Adds "timestamp" (UTC, milliseconds), "event" and "stream" in front.
  /// @throws Error that a sink throws
  void write(const std::string& name, const std::string& stream, const Json& details,
             std::optional<StreamStatus> status = std::nullopt);
  void added(const StreamConfig& stream);
  void removed(const std::string& stream);
  void attend();

 private:
  void send(const Event& event);
  void send_to_others(const Event& event, const EventSink& sink);

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
