// SPDX-License-Identifier: MIT
#include "kafka/rdkafka_handle.hpp"

#include <array>
#include <fliqe/base/error.hpp>
#include <utility>

namespace fliqe::tools {
namespace {

void set(rd_kafka_conf_t* config, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  const auto result =
      rd_kafka_conf_set(config, name.c_str(), value.c_str(), reason.data(), reason.size());
  require(result == RD_KAFKA_CONF_OK, ErrorCode::invalid_argument,
          "Kafka: property " + name + ": " + reason.data());
}

}  // namespace

RdkafkaConfig make_rdkafka_config(const KafkaSettings& settings,
                                  const std::map<std::string, std::string>& defaults) {
  RdkafkaConfig config(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(config.get(), nullptr);
  for (const auto& [name, value] : defaults) set(config.get(), name, value);
  for (const auto& [name, value] : settings.properties) set(config.get(), name, value);
  set(config.get(), "bootstrap.servers", settings.brokers);
  return config;
}

RdkafkaClient open_rdkafka_client(rd_kafka_type_t type, RdkafkaConfig config) {
  std::array<char, 512> reason{};
  RdkafkaClient client(rd_kafka_new(type, config.get(), reason.data(), reason.size()));
  require(client != nullptr, ErrorCode::invalid_argument, std::string("Kafka: ") + reason.data());
  static_cast<void>(config.release());  // the client's now
  return client;
}

void require_no_error(const std::string& action, rd_kafka_resp_err_t error) {
  require(error == RD_KAFKA_RESP_ERR_NO_ERROR, ErrorCode::io,
          "Kafka: " + action + ": " + rd_kafka_err2str(error));
}

void require_no_error(const std::string& action, RdkafkaError error) {
  if (error == nullptr) return;
  throw Error(ErrorCode::io, "Kafka: " + action + ": " + rd_kafka_error_string(error.get()));
}

void RdkafkaProblems::add(rd_kafka_resp_err_t code, const std::string& reason) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      problem_ = of_a_broker_.empty() ? reason : of_a_broker_;
      break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      of_a_broker_ = reason;
      break;
    default:
      problem_ = reason;
  }
}

RdkafkaPartitions rdkafka_partitions(const KafkaOffsets& offsets) {
  RdkafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, next] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
        ->offset = next;
  }
  return list;
}

}  // namespace fliqe::tools
