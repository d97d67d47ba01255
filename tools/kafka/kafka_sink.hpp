// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kafka/kafka_options.hpp"
#include "kafka/kafka_producer.hpp"
#include "kafka/pending_messages.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

struct KafkaSinkSettings {
  KafkaSettings cluster;
  std::string topic = "image-quality-data";  ///< that of the Python original
  bool is_original = false;                  ///< its messages and no others
  double flush_seconds = 5;                  ///< that the end may take
};

/// The same on the command line.
struct KafkaSinkOptions {
  KafkaOptions cluster;
  std::string topic = KafkaSinkSettings().topic;
  bool is_original = false;

  void add_options(CLI::App& command);
  KafkaSinkSettings settings() const { return {cluster.settings(), topic, is_original}; }
};

/// Sends the events of streams to a Kafka topic.
class KafkaSink : public EventSink {
 public:
  /// @param is_quiet  nothing is said on standard error when the cluster comes or goes
  /// @throws Error `no_such_capability` when this program was built without Kafka
  explicit KafkaSink(const KafkaSinkSettings& settings, bool is_quiet = false);
  /// Sends what waits, for a few seconds at most.
  ~KafkaSink() override;

  std::string name() const override { return "kafka"; }
  std::string write(const Event& event) override;
  void added(const StreamConfig& stream) override;
  void removed(const std::string& stream) override;
  /// "kafka_connected" and "kafka_failed", when the one becomes the other.
  std::optional<SinkReport> attend() override;

  /// Thread-safe.
  SinkFigures figures() const;

 private:
  std::string topic_of(const std::string& stream) const;
  /// Hands over what the client has room for; empty, or why a message got lost.
  std::string feed();
  void hear(std::chrono::milliseconds longest);

  KafkaSinkSettings settings_;
  bool is_quiet_;
  std::string run_;                            ///< tells this run's events from others'
  std::map<std::string, std::string> topics_;  ///< of streams that have one of their own
  KafkaProducer producer_;
  PendingMessages pending_;
  std::size_t under_way_ = 0;
  std::uint64_t events_ = 0;
  std::string failure_;
  std::optional<bool> told_;  ///< whether it was connected when that was told last
  std::atomic<bool> is_connected_{false};
  std::atomic<std::uint64_t> published_{0}, dropped_{0};
};

}  // namespace fliqe::tools
