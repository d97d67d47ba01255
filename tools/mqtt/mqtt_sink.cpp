// SPDX-License-Identifier: MIT
#include "mqtt/mqtt_sink.hpp"

#include <cstdio>

#include "watch/event_log.hpp"

namespace fliqe::tools {

MqttSink::MqttSink(const MqttSettings& settings, bool is_quiet, Clock& clock)
    : broker_(settings.broker.name()),
      is_quiet_(is_quiet),
      clock_(clock),
      messages_(settings.topics()),
      link_(settings) {}

MqttSink::~MqttSink() {
  link_.put(messages_.rest());
}

std::string MqttSink::write(const Event& event) {
  link_.put(messages_.happened(event, clock_.now()));
  return {};
}

void MqttSink::added(const StreamConfig& stream) {
  link_.put(messages_.added(stream, utc_now(), clock_.now()));
}

void MqttSink::removed(const std::string& stream) {
  messages_.removed(stream, clock_.now());
}

std::optional<SinkReport> MqttSink::attend() {
  link_.put(messages_.due(clock_.now()));
  const MqttLink::State state = link_.state();
  const bool is_known = state.is_connected || !state.reason.empty();
  if (!is_known || told_ == state.is_connected) return std::nullopt;
  told_ = state.is_connected;
  if (!is_quiet_) {
    const std::string text = state.is_connected ? "connected" : state.reason + ", trying again";
    std::fprintf(stderr, "fliqe: %s: %s\n", broker_.c_str(), text.c_str());
  }
  if (!state.is_connected) {
    return SinkReport{"mqtt_failed", {{"broker", broker_}, {"reason", state.reason}}};
  }
  return SinkReport{"mqtt_connected", {{"broker", broker_}, {"dropped", figures().dropped}}};
}

}  // namespace fliqe::tools
