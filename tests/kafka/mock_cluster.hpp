// SPDX-License-Identifier: MIT
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <string>
#include <vector>

#include "kafka/kafka_consumer.hpp"
#include "kafka/kafka_producer.hpp"

namespace fliqe::test {

/// Brokers of librdkafka that listen on this machine; they know no compaction and keep no offsets
/// of transactions.
class MockCluster {
 public:
  explicit MockCluster(int brokers = 3) {
    char reason[256];
    rd_kafka_conf_t* const config = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(config, nullptr);  // it has no brokers and would say so
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, config, reason, sizeof reason);
    cluster_ = rd_kafka_mock_cluster_new(client_, brokers);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  tools::KafkaSettings settings() const { return {brokers(), {}}; }

  void create(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
  }
  void set_up(int broker, bool is_up) {
    is_up ? rd_kafka_mock_broker_set_up(cluster_, broker)
          : rd_kafka_mock_broker_set_down(cluster_, broker);
  }
  /// The next requests to store messages fail.
  void refuse_messages(const std::vector<rd_kafka_resp_err_t>& errors) {
    constexpr std::int16_t produce = 0;
    rd_kafka_mock_push_request_errors_array(cluster_, produce, errors.size(), errors.data());
  }

  /// All that a topic has; nothing while it cannot be read.
  std::vector<tools::KafkaRecord> read(const std::string& topic) const {
    std::vector<tools::KafkaRecord> records;
    tools::KafkaConsumer(settings(), "")
        .read_all(topic, std::chrono::seconds(30),
                  [&](tools::KafkaRecord&& record) { records.push_back(std::move(record)); });
    return records;
  }

  void write(const std::vector<tools::KafkaMessage>& messages) const {
    tools::KafkaProducer producer(settings());
    for (const tools::KafkaMessage& each : messages) producer.send(each);
    if (!producer.flush(std::chrono::seconds(30)))
      throw std::runtime_error("mock cluster is stuck");
  }

 private:
  rd_kafka_t* client_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace fliqe::test
