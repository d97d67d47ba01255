// SPDX-License-Identifier: MIT
#pragma once

#include <set>

#include "kafka/kafka_consumer.hpp"
#include "kafka/rdkafka_handle.hpp"

namespace fliqe::tools {

struct KafkaConsumer::Native {
  PartitionListener listener;
  RdkafkaClient client;
  RdkafkaProblems problems{};
  bool from_begin = false;
  bool is_closed = false;
  std::set<TopicPartition> assigned{};

  static void failed(rd_kafka_t* client, int code, const char* reason, void* native);
  static void rebalanced(rd_kafka_t* client, rd_kafka_resp_err_t change,
                         rd_kafka_topic_partition_list_t* list, void* native);
};

}  // namespace fliqe::tools
