// SPDX-License-Identifier: MIT
#pragma once

#include "io/json.hpp"
#include "mqtt/topics.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// What tells Home Assistant (2024.11 and later) of a stream: a device with the entities quality,
/// condition and alert.
Json discovery_config(const MqttTopics& topics, const StreamConfig& stream);

}  // namespace fliqe::tools
