// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "kafka/kafka_message.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Headers of a CloudEvent 1.0 in Kafka's binary content mode.
/// @param type  "fliqe.TYPE"
KafkaHeaders cloud_event_headers(const std::string& type, const std::string& source,
                                 const std::string& id);

/// An event of a stream: a JSON object, of scores with the four members of the Python original in
/// front. The stream is the key.
KafkaMessage event_message(const std::string& topic, const Event& event, const std::string& id);

/// Exactly what the Python original sends; nothing for events that it does not know.
std::optional<KafkaMessage> original_message(const std::string& topic, const Event& event);

}  // namespace fliqe::tools
