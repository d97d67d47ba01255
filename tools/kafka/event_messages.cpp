// SPDX-License-Identifier: MIT
#include "kafka/event_messages.hpp"

#include <array>

namespace fliqe::tools {
namespace {

constexpr std::array original_members{"timestamp", "smoothing_window", "raw_image_quality",
                                      "smoothed_image_quality"};

Json original_part(const Event& event) {
  Json json;
  for (const char* name : original_members) json[name] = event.details.at(name);
  return json;
}

}  // namespace

KafkaHeaders cloud_event_headers(const std::string& type, const std::string& source,
                                 const std::string& id) {
  return {{"ce_specversion", "1.0"},
          {"ce_type", "fliqe." + type},
          {"ce_source", source},
          {"ce_id", id},
          {"content-type", "application/json"}};
}

KafkaMessage event_message(const std::string& topic, const Event& event, const std::string& id) {
  KafkaMessage message{topic, std::nullopt, {}, {}};
  if (!event.stream.empty()) message.key = event.stream;
  if (event.name == "score") {
    Json json = original_part(event);
    for (const char* name : {"stream", "frame", "event"}) json[name] = event.details.at(name);
    json.update(event.details);
    message.value = dump(json);
  } else {
    message.value = event.line;
  }
  message.headers =
      cloud_event_headers(event.name, event.stream.empty() ? "fliqe" : "fliqe/" + event.stream, id);
  return message;
}

std::optional<KafkaMessage> original_message(const std::string& topic, const Event& event) {
  if (event.name != "score") return std::nullopt;
  return KafkaMessage{topic, std::nullopt, dump(original_part(event)), {}};
}

}  // namespace fliqe::tools
