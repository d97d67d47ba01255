// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "serve/metrics.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// "fliqe_NAME_connected" and "fliqe_NAME_messages_total".
/// @param broker  what the sink sends to, for the help texts: "MQTT", "Kafka"
void write_sink_metrics(MetricsText& text, const std::string& name, const std::string& broker,
                        const SinkFigures& figures);

}  // namespace fliqe::tools
