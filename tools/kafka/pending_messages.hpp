// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "kafka/kafka_message.hpp"
#include "watch/make_room.hpp"

namespace fliqe::tools {

/// Messages that wait for a cluster. Of too many the oldest are dropped, alerts last.
class PendingMessages {
 public:
  explicit PendingMessages(std::size_t most) : most_(most) {}

  /// @return how many had to make room
  std::size_t put(KafkaMessage message, bool is_alert) {
    waiting_.push_back({std::move(message), is_alert});
    return make_room(waiting_, most_, [](const Item& each) { return each.is_alert; });
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
