// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/json.hpp"
#include "watch/stream_status.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// Something that happened to a stream, or to the service.
struct Event {
  std::string name;                      ///< connected, score, alert, ...
  std::string stream;                    ///< empty: none of them
  Json details;                          ///< all of it, with timestamp, event and stream in front
  std::string line;                      ///< the same as JSON without a line end
  std::optional<StreamStatus> status{};  ///< of the stream after it
};

/// What a sink has to tell of itself.
struct SinkReport {
  std::string name;  ///< of the event that the other sinks get
  Json details;
};

/// How a sink fares whose broker may be away.
struct SinkFigures {
  bool is_connected = false;
  std::uint64_t published = 0;  ///< messages that reached the broker
  std::uint64_t dropped = 0;    ///< messages that there was no room for, or that no broker took
};

/// Takes events somewhere. Calls come one at a time, in the order of the events; none may wait for
/// a network.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// What failures are called: "NAME_failed".
  virtual std::string name() const = 0;
  /// Empty, or why the event got lost. @throws Error when nothing can go on without the sink
  virtual std::string write(const Event& event) = 0;
  /// A stream is watched from now on, or no longer; the latter after its last event.
  virtual void added(const StreamConfig&) {}
  virtual void removed(const std::string& /*stream*/) {}
  /// Does what is due; called from time to time.
  virtual std::optional<SinkReport> attend() { return std::nullopt; }
};

}  // namespace fliqe::tools
