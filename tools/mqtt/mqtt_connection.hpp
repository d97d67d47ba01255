// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "mqtt/message.hpp"
#include "mqtt/mqtt_options.hpp"

namespace fliqe::tools {

/// A connection to a broker, from the attempt to its loss. For one thread.
class MqttConnection {
 public:
  MqttConnection() = default;
  MqttConnection(const MqttConnection&) = delete;
  MqttConnection& operator=(const MqttConnection&) = delete;
  virtual ~MqttConnection() = default;

  /// Waits until the network or `wake` (a file descriptor) has something, and does what is due.
  /// @throws Error `io` when the broker refuses or is lost, with the reason
  virtual void attend(int wake, std::chrono::milliseconds longest) = 0;
  /// Whether the broker has accepted the client.
  virtual bool is_accepted() const = 0;
  /// Whether bytes wait for the network.
  virtual bool is_busy() const = 0;

  /// @param quality  0: once at most, 1: until the broker has confirmed it
  /// @return number of the message, 0 for one that no broker takes. @throws Error `io`
  virtual int publish(const MqttMessage& message, int quality) = 0;
  virtual void subscribe(const std::string& topic) = 0;
  virtual void disconnect() = 0;

  /// Numbers of messages that the broker has confirmed since the last call.
  virtual std::vector<int> take_confirmed() = 0;
  /// Messages of subscribed topics since the last call.
  virtual MqttMessages take_received() = 0;
};

/// Begins to connect.
/// @param will  what the broker sends once the client is lost. @throws Error `io`
std::unique_ptr<MqttConnection> open_mqtt_connection(const MqttSettings& settings,
                                                     const MqttMessage& will);

/// @throws Error `no_such_capability` when this program was built without MQTT
void require_mqtt();

}  // namespace fliqe::tools
