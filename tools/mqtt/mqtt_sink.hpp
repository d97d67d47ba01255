// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "mqtt/mqtt_link.hpp"
#include "mqtt/stream_messages.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Tells an MQTT broker of streams, their events and alerts.
class MqttSink : public EventSink {
 public:
  /// @param is_quiet  nothing is said on standard error when the broker comes or goes
  /// @throws Error `no_such_capability` when this program was built without MQTT
  explicit MqttSink(const MqttSettings& settings, bool is_quiet = false,
                    Clock& clock = real_clock());
  /// Sends what waits, for a few seconds at most.
  ~MqttSink() override;

  std::string name() const override { return "mqtt"; }
  std::string write(const Event& event) override;
  void added(const StreamConfig& stream) override;
  void removed(const std::string& stream) override;
  /// "mqtt_connected" and "mqtt_failed", when the one becomes the other.
  std::optional<SinkReport> attend() override;

  /// Thread-safe.
  SinkFigures figures() const { return link_.figures(); }

 private:
  std::string broker_;
  bool is_quiet_;
  Clock& clock_;
  StreamMessages messages_;
  MqttLink link_;
  std::optional<bool> told_;  ///< whether it was connected when that was told last
};

}  // namespace fliqe::tools
