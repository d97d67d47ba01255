// SPDX-License-Identifier: MIT
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>

#include "kafka/kafka_message.hpp"
#include "kafka/kafka_options.hpp"

namespace fliqe::tools {

template <auto destroy>
struct RdkafkaDeleter {
  template <class T>
  void operator()(T* pointer) const {
    destroy(pointer);
  }
};

using RdkafkaClient = std::unique_ptr<rd_kafka_t, RdkafkaDeleter<rd_kafka_destroy>>;
using RdkafkaConfig = std::unique_ptr<rd_kafka_conf_t, RdkafkaDeleter<rd_kafka_conf_destroy>>;
using RdkafkaMessage =
    std::unique_ptr<rd_kafka_message_t, RdkafkaDeleter<rd_kafka_message_destroy>>;
using RdkafkaPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                          RdkafkaDeleter<rd_kafka_topic_partition_list_destroy>>;
using RdkafkaError = std::unique_ptr<rd_kafka_error_t, RdkafkaDeleter<rd_kafka_error_destroy>>;

/// The user's properties, after what fliqe would choose; nothing is printed.
/// @throws Error `invalid_argument` naming the property that is wrong
RdkafkaConfig make_rdkafka_config(const KafkaSettings& settings,
                                  const std::map<std::string, std::string>& defaults);

/// @throws Error `invalid_argument` when the properties do not fit together, or name files that
///         cannot be used
RdkafkaClient open_rdkafka_client(rd_kafka_type_t type, RdkafkaConfig config);

/// @throws Error `io` for an error, with its text
void require_no_error(const std::string& action, rd_kafka_resp_err_t error);
void require_no_error(const std::string& action, RdkafkaError error);

/// Offset `start` for each.
template <class Range>
RdkafkaPartitions rdkafka_partitions(const Range& partitions, std::int64_t start) {
  RdkafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& each : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition)->offset =
        start;
  }
  return list;
}
RdkafkaPartitions rdkafka_partitions(const KafkaOffsets& offsets);

/// What a client has to say of its cluster.
class RdkafkaProblems {
 public:
  /// Takes an error of the client; a broker that others stand in for is none.
  void add(rd_kafka_resp_err_t code, const std::string& reason);
  void set(const std::string& problem) { problem_ = problem; }
  void clear() { problem_.clear(); }
  const std::string& newest() const noexcept { return problem_; }

 private:
  std::string of_a_broker_, problem_;
};

inline int milliseconds_of(std::chrono::milliseconds time) {
  return static_cast<int>(time.count());
}

}  // namespace fliqe::tools
