// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kafka/kafka_sink.hpp"
#include "mqtt/mqtt_sink.hpp"
#include "watch/event_log.hpp"
#include "watch/watch_config.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// The streams that a command watches, and what holds for all of them.
struct StreamOptions {
  std::vector<std::string> sources;
  StreamConfig stream;
  std::string smoothing = "mean";
  double gap = 0.05;
  std::string hook;
  MqttOptions mqtt;
  KafkaSinkOptions kafka;

  /// Adds all but the sources to a command.
  void add_options(CLI::App& command);
  /// What a stream has that says nothing of its own.
  StreamConfig defaults() const;
  /// With configuration files read. @throws Error
  WatchConfig config() const;
  /// Adds the sink of --mqtt; nothing without. @throws Error
  std::shared_ptr<MqttSink> add_mqtt_sink(EventLog& log, bool is_quiet) const;
  /// Adds the sink of --kafka; nothing without. @throws Error
  std::shared_ptr<KafkaSink> add_kafka_sink(EventLog& log, bool is_quiet) const;
};

}  // namespace fliqe::tools
