// SPDX-License-Identifier: MIT
#include <cstdint>
#include <deque>
#include <fliqe/base/error.hpp>
#include <map>

#include "fleet/delivery.hpp"

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;

/// Messages that may wait for the cluster.
constexpr std::size_t most_under_way = 10'000;

class AtLeastOnce : public Delivery {
 public:
  AtLeastOnce(const KafkaSettings& settings, KafkaConsumer& consumer)
      : consumer_(consumer), producer_(settings) {}

  void send(const std::vector<KafkaMessage>& messages, const TopicPartition& partition,
            std::int64_t next) override {
    const std::uint64_t number = ++last_number_;
    sent_[partition].push_back({number, next});
    unconfirmed_[number] = {partition, messages.size()};
    under_way_ += messages.size();
    for (const KafkaMessage& message : messages) {
      while (!producer_.send(message, number)) hear(milliseconds(100));
    }
  }

  void attend() override { hear(milliseconds(0)); }

  void complete(milliseconds longest) override {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (under_way_ > 0 && std::chrono::steady_clock::now() < end) hear(milliseconds(20));
  }

  void drop(const TopicPartition& partition) override { sent_.erase(partition); }
  bool recover() override { return false; }
  bool has_room() const override { return under_way_ < most_under_way; }
  bool is_complete() const override { return under_way_ == 0; }
  std::string problem() const override { return producer_.problem(); }

 private:
  struct Sent {
    std::uint64_t number;
    std::int64_t next;
  };
  struct Unconfirmed {
    TopicPartition partition;
    std::size_t messages = 0;
  };

  void hear(milliseconds longest) {
    for (const KafkaProducer::Report& report : producer_.poll(longest)) {
      require(report.failure.empty(), ErrorCode::io, "Kafka: " + report.failure);
      --under_way_;
      const auto found = unconfirmed_.find(report.tag);
      if (--found->second.messages > 0) continue;
      const TopicPartition partition = found->second.partition;
      unconfirmed_.erase(found);
      store(partition);
    }
  }

  /// Of each partition a job counts as done when all before it do.
  void store(const TopicPartition& partition) {
    const auto found = sent_.find(partition);
    if (found == sent_.end()) return;
    std::deque<Sent>& sent = found->second;
    std::int64_t next = -1;
    while (!sent.empty() && !unconfirmed_.contains(sent.front().number)) {
      next = sent.front().next;
      sent.pop_front();
    }
    if (next >= 0) consumer_.store(partition, next);
  }

  KafkaConsumer& consumer_;
  KafkaProducer producer_;
  std::uint64_t last_number_ = 0;
  std::map<TopicPartition, std::deque<Sent>> sent_;
  std::map<std::uint64_t, Unconfirmed> unconfirmed_;
  std::size_t under_way_ = 0;
};

}  // namespace

std::unique_ptr<Delivery> make_at_least_once(const KafkaSettings& settings,
                                             KafkaConsumer& consumer) {
  return std::make_unique<AtLeastOnce>(settings, consumer);
}

}  // namespace fliqe::tools
