// SPDX-License-Identifier: MIT
#include "mqtt/stream_messages.hpp"

#include <chrono>

#include "mqtt/discovery.hpp"

namespace fliqe::tools {
namespace {

constexpr std::chrono::seconds pause{1};

Json optional(const std::optional<double>& value) {
  return value ? finite_or_null(*value) : Json(nullptr);
}

Json to_json(const std::string& stream, const std::string& timestamp, const StreamStatus& status) {
  return {{"timestamp", timestamp},
          {"stream", stream},
          {"condition", to_string(status.condition)},
          {"reason", status.reason.empty() ? Json(nullptr) : Json(status.reason)},
          {"raw_image_quality", optional(status.raw)},
          {"smoothed_image_quality", optional(status.smoothed)},
          {"alert", status.is_alerted}};
}

/// Whether a state is not to wait for its turn.
bool is_news(const StreamStatus& before, const StreamStatus& now) {
  return before.condition != now.condition || before.reason != now.reason ||
         before.is_alerted != now.is_alerted;
}

bool is_of_alert(const Event& event) {
  return event.name == "alert" || event.name == "clear";
}

MqttMessage alert_message(std::string topic, bool is_alerted) {
  return {std::move(topic), is_alerted ? "ON" : "OFF", true, true};
}

}  // namespace

MqttMessages StreamMessages::added(const StreamConfig& stream, const std::string& timestamp,
                                   Time now) {
  removed_.erase(stream.name);
  MqttMessages messages;
  if (topics_.has_discovery()) {
    messages.push_back(
        {topics_.device(stream.name), dump(discovery_config(topics_, stream)), true, false});
  }
  Known& known = streams_[stream.name] = {};
  known.state = to_json(stream.name, timestamp, known.status);
  send_state(stream.name, known, now, messages);
  messages.push_back(alert_message(topics_.alert(stream.name), false));
  return messages;
}

void StreamMessages::removed(const std::string& stream, Time now) {
  if (streams_.erase(stream) > 0) removed_[stream] = now;
}

MqttMessages StreamMessages::happened(const Event& event, Time now) {
  MqttMessages messages;
  if (event.stream.empty()) return messages;
  messages.push_back(
      {topics_.event(event.stream, event.name), event.line, false, is_of_alert(event)});
  const auto found = streams_.find(event.stream);
  if (!event.status || found == streams_.end()) return messages;
  Known& known = found->second;
  const StreamStatus before = std::exchange(known.status, *event.status);
  known.state = to_json(event.stream, event.details.value("timestamp", ""), known.status);
  known.is_due |= event.name == "score";
  const bool is_turn = known.is_due && now - known.sent >= pause;
  if (is_turn || is_news(before, known.status)) send_state(event.stream, known, now, messages);
  if (before.is_alerted != known.status.is_alerted) {
    messages.push_back(alert_message(topics_.alert(event.stream), known.status.is_alerted));
  }
  return messages;
}

MqttMessages StreamMessages::due(Time now) {
  MqttMessages messages;
  for (auto& [stream, known] : streams_) {
    if (known.is_due && now - known.sent >= pause) send_state(stream, known, now, messages);
  }
  std::erase_if(removed_, [&](const auto& each) {
    if (now - each.second < pause) return false;
    clear(each.first, messages);
    return true;
  });
  return messages;
}

MqttMessages StreamMessages::rest() {
  return due(Time::max());
}

void StreamMessages::send_state(const std::string& stream, Known& known, Time now,
                                MqttMessages& messages) const {
  messages.push_back({topics_.state(stream), dump(known.state), true, false});
  known.is_due = false;
  known.sent = now;
}

void StreamMessages::clear(const std::string& stream, MqttMessages& messages) const {
  if (topics_.has_discovery()) messages.push_back({topics_.device(stream), "", true, false});
  messages.push_back({topics_.state(stream), "", true, false});
  messages.push_back({topics_.alert(stream), "", true, true});
}

}  // namespace fliqe::tools
