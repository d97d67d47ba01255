// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "mqtt/message.hpp"
#include "mqtt/mqtt_options.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Brings messages to a broker on a thread of its own, and connects again, at growing intervals,
/// whenever the broker is away.
class MqttLink {
 public:
  /// @throws Error `no_such_capability` when this program was built without MQTT
  explicit MqttLink(const MqttSettings& settings);
  MqttLink(const MqttLink&) = delete;
  MqttLink& operator=(const MqttLink&) = delete;
  /// Sends what waits, says that the program is offline, and disconnects; in a few seconds at most.
  ~MqttLink();

  void put(MqttMessages messages);

  struct State {
    bool is_connected = false;
    std::string reason;  ///< why not, after an attempt
  };
  State state() const;

  SinkFigures figures() const;

 private:
  class Courier;
  /// Shared with the thread, which at the end may be stuck in a name server's silence.
  std::shared_ptr<Courier> courier_;
};

}  // namespace fliqe::tools
