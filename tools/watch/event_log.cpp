// SPDX-License-Identifier: MIT
#include "watch/event_log.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fliqe/base/error.hpp>
#include <utility>

namespace fliqe::tools {
std::string utc_now() {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  const std::time_t seconds = system_clock::to_time_t(floor<std::chrono::seconds>(now));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{}, text{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data(), text.size(), "%.20s.%03dZ", date.data(),
                static_cast<int>(now.time_since_epoch().count() % 1000));
  return text.data();
}

Event stamped_event(const std::string& name, const std::string& stream, const Json& details) {
  Event event{name, stream, {{"timestamp", utc_now()}, {"event", name}}, {}, {}};
  if (!stream.empty()) event.details["stream"] = stream;
  event.details.update(details);
  event.line = dump(event.details);
  return event;
}

void EventLog::add(std::shared_ptr<EventSink> sink) {
  const std::lock_guard lock(mutex_);
  sinks_.push_back(std::move(sink));
}

void EventLog::write(const std::string& name, const std::string& stream, const Json& details,
                     std::optional<StreamStatus> status) {
  const std::lock_guard lock(mutex_);
  Event event = stamped_event(name, stream, details);
  event.status = std::move(status);
  send(event);
}

void EventLog::added(const StreamConfig& stream) {
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) sink->added(stream);
}

void EventLog::removed(const std::string& stream) {
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) sink->removed(stream);
}

void EventLog::send(const Event& event) {
  for (const auto& sink : sinks_) {
    const std::string failure = sink->write(event);
    if (failure.empty()) continue;
    send_to_others(stamped_event(sink->name() + "_failed", event.stream, {{"reason", failure}}),
                   *sink);
  }
}

void EventLog::send_to_others(const Event& event, const EventSink& sink) {
  for (const auto& other : sinks_) {
    if (other.get() != &sink) other->write(event);
  }
}

void EventLog::attend() {
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) {
    const std::optional<SinkReport> report = sink->attend();
    if (report) send_to_others(stamped_event(report->name, {}, report->details), *sink);
  }
}

JsonLinesSink::JsonLinesSink(const std::string& path)
    : path_(path.empty() || path == "-" ? "standard output" : path),
      file_(path.empty() || path == "-" ? stdout : std::fopen(path.c_str(), "abe")) {
  if (file_ == nullptr)
    throw Error(ErrorCode::io, path + ": cannot write: " + std::strerror(errno));
}

std::string JsonLinesSink::write(const Event& event) {
  const bool is_written = std::fputs((event.line + "\n").c_str(), file_.get()) >= 0;
  if (!is_written || std::fflush(file_.get()) != 0) {
    throw Error(ErrorCode::io, path_ + ": cannot write: " + std::strerror(errno));
  }
  return {};
}

}  // namespace fliqe::tools
