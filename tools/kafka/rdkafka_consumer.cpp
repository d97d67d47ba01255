// SPDX-License-Identifier: MIT
#include "kafka/rdkafka_consumer.hpp"

#include <algorithm>
#include <exception>
#include <fliqe/base/error.hpp>
#include <utility>

namespace fliqe::tools {
namespace {

std::optional<std::string> text_of(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

KafkaHeaders headers_of(const rd_kafka_message_t& message) {
  KafkaHeaders found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    found[name] = text_of(value, size).value_or("");
  }
  return found;
}

TopicPartition partition_of(const rd_kafka_message_t& message) {
  return {rd_kafka_topic_name(message.rkt), message.partition};
}

KafkaRecord record_of(const rd_kafka_message_t& message) {
  return {partition_of(message), message.offset, text_of(message.key, message.key_len),
          text_of(message.payload, message.len), headers_of(message)};
}

/// Whether the client goes on by itself.
bool is_mended_by_waiting(rd_kafka_resp_err_t error) {
  return error != RD_KAFKA_RESP_ERR__FATAL && error != RD_KAFKA_RESP_ERR__AUTHENTICATION &&
         error != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED &&
         error != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

void require_mendable(const rd_kafka_message_t& message) {
  require(is_mended_by_waiting(message.err), ErrorCode::io,
          std::string("Kafka: ") + rd_kafka_message_errstr(&message));
}

}  // namespace

void KafkaConsumer::Native::failed(rd_kafka_t*, int code, const char* reason, void* native) {
  static_cast<Native*>(native)->problems.add(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void KafkaConsumer::Native::rebalanced(rd_kafka_t* client, rd_kafka_resp_err_t change,
                                       rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto& native = *static_cast<Native*>(opaque);
  const bool is_given = change == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list->cnt; ++i) {
    rd_kafka_topic_partition_t& each = list->elems[i];
    if (is_given && native.from_begin) each.offset = RD_KAFKA_OFFSET_BEGINNING;
    partitions.push_back({each.topic, each.partition});
  }
  const auto& tell = is_given ? native.listener.assigned : native.listener.revoked;
  try {
    if (tell) tell(partitions);
  } catch (const std::exception& error) {  // which must not pass through C
    native.problems.set(error.what());
  }
  native.assigned.clear();
  if (is_given) native.assigned.insert(partitions.begin(), partitions.end());
  rd_kafka_assign(client, is_given ? list : nullptr);
}

KafkaConsumer::KafkaConsumer(const KafkaSettings& settings, const std::string& group,
                             PartitionListener listener)
    : native_(std::make_unique<Native>(Native{std::move(listener), {}})) {
  // Cooperative assignment has faults in librdkafka 2.0.2 (edenhill/librdkafka#4059).
  RdkafkaConfig config =
      make_rdkafka_config(settings, {{"client.id", "fliqe"},
                                     {"group.id", group.empty() ? "fliqe" : group},
                                     {"partition.assignment.strategy", "range"},
                                     {"auto.offset.reset", "earliest"},
                                     {"enable.auto.commit", "false"},
                                     {"enable.auto.offset.store", "false"},
                                     {"enable.partition.eof", "true"},
                                     {"isolation.level", "read_committed"},
                                     {"max.poll.interval.ms", "600000"},
                                     {"queued.max.messages.kbytes", "16384"}});
  rd_kafka_conf_set_opaque(config.get(), native_.get());
  rd_kafka_conf_set_error_cb(config.get(), Native::failed);
  if (!group.empty()) rd_kafka_conf_set_rebalance_cb(config.get(), Native::rebalanced);
  native_->client = open_rdkafka_client(RD_KAFKA_CONSUMER, std::move(config));
  rd_kafka_poll_set_consumer(native_->client.get());
}

KafkaConsumer::~KafkaConsumer() {
  close();
}

void KafkaConsumer::close() {
  if (!std::exchange(native_->is_closed, true)) rd_kafka_consumer_close(native_->client.get());
}

void KafkaConsumer::join(const std::string& topic, bool from_begin) {
  native_->from_begin = from_begin;
  const std::vector<TopicPartition> topics{{topic, RD_KAFKA_PARTITION_UA}};
  const RdkafkaPartitions list = rdkafka_partitions(topics, RD_KAFKA_OFFSET_INVALID);
  require_no_error("topic " + topic, rd_kafka_subscribe(native_->client.get(), list.get()));
}

std::optional<KafkaRecord> KafkaConsumer::poll(std::chrono::milliseconds longest) {
  const RdkafkaMessage message(
      rd_kafka_consumer_poll(native_->client.get(), milliseconds_of(longest)));
  if (message == nullptr || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return std::nullopt;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    require_mendable(*message);
    native_->problems.set(rd_kafka_message_errstr(message.get()));
    return std::nullopt;
  }
  native_->problems.clear();
  return record_of(*message);
}

void KafkaConsumer::pause(bool is_paused) {
  const RdkafkaPartitions list = rdkafka_partitions(native_->assigned, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_t* const client = native_->client.get();
  require_no_error("pause", is_paused ? rd_kafka_pause_partitions(client, list.get())
                                      : rd_kafka_resume_partitions(client, list.get()));
}

void KafkaConsumer::store(const TopicPartition& partition, std::int64_t next) {
  const RdkafkaPartitions list = rdkafka_partitions({{partition, next}});
  // It fails for partitions that are another member's by now.
  static_cast<void>(rd_kafka_offsets_store(native_->client.get(), list.get()));
}

void KafkaConsumer::rewind(std::chrono::milliseconds longest) {
  rd_kafka_t* const client = native_->client.get();
  const RdkafkaPartitions list = rdkafka_partitions(native_->assigned, RD_KAFKA_OFFSET_INVALID);
  if (list->cnt == 0) return;
  require_no_error("read offsets",
                   rd_kafka_committed(client, list.get(), milliseconds_of(longest)));
  for (int i = 0; i < list->cnt; ++i) {
    std::int64_t& offset = list->elems[i].offset;
    if (offset < 0) offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  require_no_error("go back", RdkafkaError(rd_kafka_seek_partitions(client, list.get(),
                                                                    milliseconds_of(longest))));
}

std::size_t KafkaConsumer::partitions() const {
  return native_->assigned.size();
}

KafkaOffsets KafkaConsumer::lag() const {
  rd_kafka_t* const client = native_->client.get();
  const RdkafkaPartitions list = rdkafka_partitions(native_->assigned, RD_KAFKA_OFFSET_INVALID);
  KafkaOffsets lag;
  if (rd_kafka_position(client, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return lag;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& each = list->elems[i];
    std::int64_t low = 0, high = 0;
    const auto error =
        rd_kafka_get_watermark_offsets(client, each.topic, each.partition, &low, &high);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || each.offset < 0) continue;
    lag[{each.topic, each.partition}] = std::max<std::int64_t>(0, high - each.offset);
  }
  return lag;
}

std::string KafkaConsumer::problem() const {
  return native_->problems.newest();
}

namespace {

std::vector<TopicPartition> partitions_of(rd_kafka_t* client, const std::string& topic,
                                          std::chrono::milliseconds longest) {
  const std::unique_ptr<rd_kafka_topic_t, RdkafkaDeleter<rd_kafka_topic_destroy>> handle(
      rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  require_no_error("topic " + topic,
                   rd_kafka_metadata(client, 0, handle.get(), &metadata, milliseconds_of(longest)));
  const std::unique_ptr<const rd_kafka_metadata_t, RdkafkaDeleter<rd_kafka_metadata_destroy>> owner(
      metadata);
  require(metadata->topic_cnt == 1, ErrorCode::io, "Kafka: topic " + topic + ": unknown");
  require_no_error("topic " + topic, metadata->topics[0].err);
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    partitions.push_back({topic, metadata->topics[0].partitions[i].id});
  }
  return partitions;
}

}  // namespace

void KafkaConsumer::read_all(const std::string& topic, std::chrono::milliseconds longest_silence,
                             const std::function<void(KafkaRecord&&)>& take) {
  rd_kafka_t* const client = native_->client.get();
  std::vector<TopicPartition> partitions;
  try {
    partitions = partitions_of(client, topic, longest_silence);
  } catch (const Error& error) {
    rd_kafka_poll(client, 0);  // for what the client has to say
    throw Error(error.code(), error.what() + (problem().empty() ? "" : "; " + problem()));
  }
  std::set<TopicPartition> unfinished(partitions.begin(), partitions.end());
  const RdkafkaPartitions list = rdkafka_partitions(partitions, RD_KAFKA_OFFSET_BEGINNING);
  require_no_error("topic " + topic, rd_kafka_assign(client, list.get()));
  while (!unfinished.empty()) {
    const RdkafkaMessage message(rd_kafka_consumer_poll(client, milliseconds_of(longest_silence)));
    require(message != nullptr, ErrorCode::io,
            "Kafka: topic " + topic + ": expected records, found silence" +
                (problem().empty() ? "" : "; " + problem()));
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      unfinished.erase(partition_of(*message));
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      require_mendable(*message);
    } else if (unfinished.contains(partition_of(*message))) {
      take(record_of(*message));
    }
  }
  require_no_error("topic " + topic, rd_kafka_assign(client, nullptr));
}

}  // namespace fliqe::tools
