// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "kafka/kafka_producer.hpp"

namespace fliqe::tools {

/// Messages on their way to a cluster; none is dropped.
class KafkaOutput {
 public:
  explicit KafkaOutput(const KafkaSettings& settings) : producer_(settings) {}

  /// @throws Error `io` when the cluster refuses a message or is silent for a minute
  void send(const KafkaMessage& message);
  /// Until all are stored. @throws Error `io`
  void finish();

  std::size_t sent() const noexcept { return sent_; }

 private:
  void wait();
  void hear(std::chrono::milliseconds longest);

  KafkaProducer producer_;
  std::size_t sent_ = 0, stored_ = 0;
};

}  // namespace fliqe::tools
