// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fliqe/base/error.hpp>
#include <utility>

#include "kafka/kafka_producer.hpp"
#include "kafka/rdkafka_consumer.hpp"
#include "kafka/rdkafka_handle.hpp"

namespace fliqe::tools {

struct KafkaProducer::Native {
  std::vector<Report> reports{};
  RdkafkaProblems problems{};
  RdkafkaClient client{};

  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& native = *static_cast<Native*>(opaque);
    Report report{reinterpret_cast<std::uintptr_t>(message->_private), {}};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      native.problems.clear();
    } else {
      report.failure = std::string("topic ") + rd_kafka_topic_name(message->rkt) + ": " +
                       rd_kafka_err2str(message->err);
    }
    native.reports.push_back(std::move(report));
  }

  static void failed(rd_kafka_t*, int code, const char* reason, void* opaque) {
    static_cast<Native*>(opaque)->problems.add(static_cast<rd_kafka_resp_err_t>(code), reason);
  }
};

namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

Time time_now() {
  return std::chrono::steady_clock::now();
}

int left_until(Time end) {
  return std::max(0, milliseconds_of(std::chrono::duration_cast<milliseconds>(end - time_now())));
}

/// Repeats a call while it asks for that; time bounds it (librdkafka#5511).
template <class Call>
void retried(const std::string& action, milliseconds longest, const Call& call) {
  const Time end = time_now() + longest;
  RdkafkaError error(call(left_until(end)));
  while (error != nullptr && rd_kafka_error_is_retriable(error.get()) && time_now() < end) {
    error.reset(call(left_until(end)));
  }
  require_no_error(action, std::move(error));
}

}  // namespace

KafkaProducer::KafkaProducer(const KafkaSettings& settings, const std::string& transaction)
    : native_(std::make_unique<Native>()) {
  std::map<std::string, std::string> defaults{{"client.id", "fliqe"},
                                              {"enable.idempotence", "true"},
                                              {"acks", "all"},
                                              {"linger.ms", "50"},
                                              {"compression.type", "zstd"}};
  if (transaction.empty()) {
    defaults["message.timeout.ms"] = "0";  // it waits for the cluster to come back
  } else {
    defaults["transactional.id"] = transaction;
    defaults["transaction.timeout.ms"] = "60000";
  }
  RdkafkaConfig config = make_rdkafka_config(settings, defaults);
  rd_kafka_conf_set_opaque(config.get(), native_.get());
  rd_kafka_conf_set_dr_msg_cb(config.get(), Native::delivered);
  rd_kafka_conf_set_error_cb(config.get(), Native::failed);
  native_->client = open_rdkafka_client(RD_KAFKA_PRODUCER, std::move(config));
}

KafkaProducer::~KafkaProducer() {
  rd_kafka_purge(native_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                            RD_KAFKA_PURGE_F_NON_BLOCKING);
}

bool KafkaProducer::send(const KafkaMessage& message, std::uint64_t tag) {
  std::unique_ptr<rd_kafka_headers_t, RdkafkaDeleter<rd_kafka_headers_destroy>> headers(
      rd_kafka_headers_new(message.headers.size()));
  for (const auto& [name, value] : message.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  const auto bytes = [](rd_kafka_vtype_t type, const std::optional<std::string>& text) {
    return text ? rd_kafka_vu_t{type, {.mem = {const_cast<char*>(text->data()), text->size()}}}
                : rd_kafka_vu_t{type, {.mem = {nullptr, 0}}};
  };
  // An array: the macros of rd_kafka_producev() are no standard C++.
  const rd_kafka_vu_t fields[] = {
      {RD_KAFKA_VTYPE_TOPIC, {.cstr = message.topic.c_str()}},
      bytes(RD_KAFKA_VTYPE_KEY, message.key),
      bytes(RD_KAFKA_VTYPE_VALUE, message.value),
      {RD_KAFKA_VTYPE_MSGFLAGS, {.i = RD_KAFKA_MSG_F_COPY}},
      {RD_KAFKA_VTYPE_HEADERS, {.headers = headers.get()}},
      {RD_KAFKA_VTYPE_OPAQUE, {.ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag))}},
  };
  RdkafkaError error(rd_kafka_produceva(native_->client.get(), fields, std::size(fields)));
  if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  require_no_error("topic " + message.topic, std::move(error));
  static_cast<void>(headers.release());  // the message's now
  return true;
}

std::vector<KafkaProducer::Report> KafkaProducer::poll(milliseconds longest) {
  rd_kafka_poll(native_->client.get(), milliseconds_of(longest));
  return std::exchange(native_->reports, {});
}

bool KafkaProducer::flush(milliseconds longest) {
  return rd_kafka_flush(native_->client.get(), milliseconds_of(longest)) ==
         RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::string KafkaProducer::problem() const {
  return native_->problems.newest();
}

void KafkaProducer::prepare(milliseconds longest) {
  retried("prepare transactions", longest,
          [this](int time) { return rd_kafka_init_transactions(native_->client.get(), time); });
}

void KafkaProducer::begin() {
  require_no_error("begin a transaction",
                   RdkafkaError(rd_kafka_begin_transaction(native_->client.get())));
}

void KafkaProducer::commit(const KafkaConsumer& reader, const KafkaOffsets& next,
                           milliseconds longest) {
  rd_kafka_t* const client = native_->client.get();
  const std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                        RdkafkaDeleter<rd_kafka_consumer_group_metadata_destroy>>
      group(rd_kafka_consumer_group_metadata(reader.native_->client.get()));
  const RdkafkaPartitions offsets = rdkafka_partitions(next);
  retried("send offsets", longest, [&](int time) {
    return rd_kafka_send_offsets_to_transaction(client, offsets.get(), group.get(), time);
  });
  retried("commit a transaction", longest,
          [&](int time) { return rd_kafka_commit_transaction(client, time); });
}

void KafkaProducer::abort(milliseconds longest) {
  retried("abort a transaction", longest,
          [this](int time) { return rd_kafka_abort_transaction(native_->client.get(), time); });
}

bool KafkaProducer::is_fatal() const {
  return rd_kafka_fatal_error(native_->client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace fliqe::tools
