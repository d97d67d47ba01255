// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace fliqe::tools {

/// A message for an MQTT broker.
struct MqttMessage {
  std::string topic;
  std::string payload;
  bool is_retained = false;  ///< the broker keeps the last one of a topic; an empty one ends that
  bool is_alert = false;     ///< that of a stream or its end: given up last
};

using MqttMessages = std::vector<MqttMessage>;

}  // namespace fliqe::tools
