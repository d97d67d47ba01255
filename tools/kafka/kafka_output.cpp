// SPDX-License-Identifier: MIT
#include "kafka/kafka_output.hpp"

#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds longest_silence{60};

}  // namespace

void KafkaOutput::send(const KafkaMessage& message) {
  while (!producer_.send(message)) wait();
  ++sent_;
  hear(milliseconds(0));
}

void KafkaOutput::finish() {
  while (stored_ < sent_) wait();
}

void KafkaOutput::wait() {
  const std::size_t before = stored_;
  const auto end = std::chrono::steady_clock::now() + longest_silence;
  while (stored_ == before) {
    require(std::chrono::steady_clock::now() < end, ErrorCode::io,
            "Kafka: " + std::to_string(sent_ - stored_) + " of " + std::to_string(sent_) +
                " messages could not be sent: " +
                (producer_.problem().empty() ? "no answer" : producer_.problem()));
    hear(milliseconds(100));
  }
}

void KafkaOutput::hear(milliseconds longest) {
  for (const KafkaProducer::Report& report : producer_.poll(longest)) {
    require(report.failure.empty(), ErrorCode::io, "Kafka: " + report.failure);
    ++stored_;
  }
}

}  // namespace fliqe::tools
