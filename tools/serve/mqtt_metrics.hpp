// SPDX-License-Identifier: MIT
#pragma once

#include "mqtt/mqtt_link.hpp"
#include "serve/metrics.hpp"

namespace fliqe::tools {

void write_mqtt_metrics(MetricsText& text, const MqttLink::Figures& figures);

}  // namespace fliqe::tools
