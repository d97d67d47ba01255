// SPDX-License-Identifier: MIT
#include "kafka/kafka_sink.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/base/error.hpp>
#include <utility>

#include "kafka/event_messages.hpp"
#include "kafka/random_name.hpp"

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_pending = 10'000;
/// Messages that the client has; they can no longer make room for newer ones.
constexpr std::size_t most_under_way = 1'000;

}  // namespace

void KafkaSinkOptions::add_options(CLI::App& command) {
  CLI::Option* const option =
      cluster.add_options(command, "send events and scores to Kafka brokers");
  command.add_option("--topic", topic, "Kafka: where to")->needs(option)->capture_default_str();
  command
      .add_flag("--kafka-legacy", is_original,
                "Kafka: scores alone, exactly as the Python original sends them")
      ->needs(option);
}

KafkaSink::KafkaSink(const KafkaSinkSettings& settings, bool is_quiet)
    : settings_(settings),
      is_quiet_(is_quiet),
      run_(random_name()),
      producer_(settings.cluster),
      pending_(most_pending) {}

KafkaSink::~KafkaSink() {
  const auto end = std::chrono::steady_clock::now() +
                   milliseconds(static_cast<int>(1000 * settings_.flush_seconds));
  while (pending_.size() + under_way_ > 0 && std::chrono::steady_clock::now() < end) {
    static_cast<void>(feed());
    hear(milliseconds(20));
  }
  const std::size_t lost = pending_.size() + under_way_;
  if (lost > 0 && !is_quiet_) {
    std::fprintf(stderr, "fliqe: Kafka: %zu messages could not be sent: %s\n", lost,
                 producer_.problem().c_str());
  }
}

std::string KafkaSink::topic_of(const std::string& stream) const {
  const auto own = topics_.find(stream);
  return own == topics_.end() ? settings_.topic : own->second;
}

std::string KafkaSink::write(const Event& event) {
  const std::string topic = topic_of(event.stream);
  std::optional<KafkaMessage> message =
      settings_.is_original ? original_message(topic, event)
                            : event_message(topic, event, run_ + "/" + std::to_string(++events_));
  if (!message) return {};
  const bool is_alert = event.name == "alert" || event.name == "clear";
  dropped_ += pending_.put(std::move(*message), is_alert);
  return feed();
}

std::string KafkaSink::feed() {
  try {
    while (under_way_ < most_under_way && pending_.front() != nullptr) {
      if (!producer_.send(*pending_.front())) break;
      pending_.pop();
      ++under_way_;
    }
    return {};
  } catch (const Error& error) {
    pending_.pop();
    ++dropped_;
    return error.what();
  }
}

void KafkaSink::hear(milliseconds longest) {
  for (const KafkaProducer::Report& report : producer_.poll(longest)) {
    --under_way_;
    failure_ = report.failure;
    ++(report.failure.empty() ? published_ : dropped_);
  }
}

void KafkaSink::added(const StreamConfig& stream) {
  if (!stream.kafka_topic.empty()) topics_[stream.name] = stream.kafka_topic;
}

void KafkaSink::removed(const std::string& stream) {
  topics_.erase(stream);
}

std::optional<SinkReport> KafkaSink::attend() {
  hear(milliseconds(0));
  static_cast<void>(feed());
  const std::string reason = failure_.empty() ? producer_.problem() : failure_;
  is_connected_ = reason.empty() && published_ > 0;
  const bool is_known = is_connected_ || !reason.empty();
  if (!is_known || told_ == is_connected_) return std::nullopt;
  told_ = is_connected_;
  const std::string& brokers = settings_.cluster.brokers;
  if (!is_quiet_) {
    const std::string text = is_connected_ ? "connected" : reason + ", trying again";
    std::fprintf(stderr, "fliqe: Kafka %s: %s\n", brokers.c_str(), text.c_str());
  }
  if (!is_connected_) return SinkReport{"kafka_failed", {{"brokers", brokers}, {"reason", reason}}};
  return SinkReport{"kafka_connected", {{"brokers", brokers}, {"dropped", dropped_.load()}}};
}

SinkFigures KafkaSink::figures() const {
  return {is_connected_, published_, dropped_};
}

}  // namespace fliqe::tools
