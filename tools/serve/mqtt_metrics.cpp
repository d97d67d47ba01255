// SPDX-License-Identifier: MIT
#include "serve/mqtt_metrics.hpp"

namespace fliqe::tools {

void write_mqtt_metrics(MetricsText& text, const MqttLink::Figures& figures) {
  text.metric("fliqe_mqtt_connected", "gauge", "Whether the MQTT broker is connected.");
  text.sample("fliqe_mqtt_connected", {}, figures.is_connected ? 1 : 0);
  text.metric("fliqe_mqtt_messages_total", "counter", "MQTT messages, by what became of them.");
  text.sample("fliqe_mqtt_messages_total", {{"outcome", "published"}},
              static_cast<double>(figures.published));
  text.sample("fliqe_mqtt_messages_total", {{"outcome", "dropped"}},
              static_cast<double>(figures.dropped));
}

}  // namespace fliqe::tools
