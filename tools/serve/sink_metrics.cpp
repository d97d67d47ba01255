// SPDX-License-Identifier: MIT
#include "serve/sink_metrics.hpp"

namespace fliqe::tools {

void write_sink_metrics(MetricsText& text, const std::string& name, const std::string& broker,
                        const SinkFigures& figures) {
  const std::string connected = "fliqe_" + name + "_connected";
  text.metric(connected, "gauge", "Whether " + broker + " is connected.");
  text.sample(connected, {}, figures.is_connected ? 1 : 0);
  const std::string messages = "fliqe_" + name + "_messages_total";
  text.metric(messages, "counter", broker + " messages, by what became of them.");
  text.sample(messages, {{"outcome", "published"}}, static_cast<double>(figures.published));
  text.sample(messages, {{"outcome", "dropped"}}, static_cast<double>(figures.dropped));
}

}  // namespace fliqe::tools
