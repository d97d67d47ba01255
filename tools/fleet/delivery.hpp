// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "kafka/kafka_consumer.hpp"
#include "kafka/kafka_producer.hpp"

namespace fliqe::tools {

/// Sends the answers to jobs and tells the group which jobs are done, in an order that no failure
/// turns into a loss.
class Delivery {
 public:
  Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  virtual ~Delivery() = default;

  /// The answer to the record of a partition that comes before `next`. @throws Error `io`
  virtual void send(const std::vector<KafkaMessage>& messages, const TopicPartition& partition,
                    std::int64_t next) = 0;
  /// Does what is due; to be called often. @throws Error `io`
  virtual void attend() = 0;
  /// Completes what it can in that time. @throws Error `io`
  virtual void complete(std::chrono::milliseconds longest) = 0;
  /// A partition is another worker's from now on. After complete().
  virtual void drop(const TopicPartition& partition) = 0;
  /// After an Error: true when all that is not committed must be done again, false when nothing
  /// helps.
  virtual bool recover() = 0;
  /// Whether more may be sent.
  virtual bool has_room() const = 0;
  /// Whether nothing is under way.
  virtual bool is_complete() const = 0;
  virtual std::string problem() const = 0;
};

/// Each answer arrives once or, after a failure, several times: a job is done when all of its
/// answers are stored.
std::unique_ptr<Delivery> make_at_least_once(const KafkaSettings& settings,
                                             KafkaConsumer& consumer);

/// Answers and progress become visible together, by transactions.
/// @param group  of the consumer
std::unique_ptr<Delivery> make_exactly_once(const KafkaSettings& settings, KafkaConsumer& consumer,
                                            const std::string& group);

}  // namespace fliqe::tools
