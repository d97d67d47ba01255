// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "kafka/kafka_message.hpp"

namespace fliqe::tools {

/// Messages that wait for a cluster. Of too many the oldest are dropped, alerts last.
class PendingMessages {
 public:
  explicit PendingMessages(std::size_t most) : most_(most) {}

  /// @return how many had to make room
  std::size_t put(KafkaMessage message, bool is_alert) {
    waiting_.push_back({std::move(message), is_alert});
    if (waiting_.size() <= most_) return 0;
    const auto oldest =
        std::ranges::find_if(waiting_, [](const Item& each) { return !each.is_alert; });
    waiting_.erase(oldest == waiting_.end() ? waiting_.begin() : oldest);
    return 1;
  }

  /// The oldest; nullptr: none.
  const KafkaMessage* front() const {
    return waiting_.empty() ? nullptr : &waiting_.front().message;
  }
  void pop() { waiting_.pop_front(); }
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  struct Item {
    KafkaMessage message;
    bool is_alert;
  };

  std::size_t most_;
  std::deque<Item> waiting_;
};

}  // namespace fliqe::tools
