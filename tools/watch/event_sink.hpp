// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "io/json.hpp"

namespace fliqe::tools {

/// Something that happened to a stream, or to the service.
struct Event {
  std::string name;    ///< connected, score, alert, ...
  std::string stream;  ///< empty: none of them
  Json details;        ///< all of it, with timestamp, event and stream in front
  std::string line;    ///< the same as JSON without a line end
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
  /// Does what is due; called from time to time.
  virtual void attend() {}
};

}  // namespace fliqe::tools
