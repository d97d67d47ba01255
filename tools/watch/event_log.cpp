// SPDX-License-Identifier: MIT
#include "watch/event_log.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

/// "2026-03-01T12:00:00.123Z"
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

}  // namespace

EventLog::EventLog(const std::string& path)
    : path_(path.empty() || path == "-" ? "standard output" : path),
      file_(path.empty() || path == "-" ? stdout : std::fopen(path.c_str(), "abe")) {
  if (file_ == nullptr)
    throw Error(ErrorCode::io, path + ": cannot write: " + std::strerror(errno));
}

std::string EventLog::write(const std::string& event, const std::string& stream,
                            const Json& details) {
  const std::lock_guard lock(mutex_);
  Json json{{"timestamp", utc_now()}, {"event", event}};
  if (!stream.empty()) json["stream"] = stream;
  json.update(details);
  std::string line = dump(json);
  const bool is_written = std::fputs((line + "\n").c_str(), file_.get()) >= 0;
  if (!is_written || std::fflush(file_.get()) != 0) {
    throw Error(ErrorCode::io, path_ + ": cannot write: " + std::strerror(errno));
  }
  return line;
}

}  // namespace fliqe::tools
