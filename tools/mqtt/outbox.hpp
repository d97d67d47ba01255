// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "mqtt/message.hpp"

namespace fliqe::tools {

/// Messages on their way to a broker that may be away. Of a retained topic only the newest matters,
/// and it is kept for the next connection; of too many others the oldest are dropped, alerts last.
/// Thread-safe.
class Outbox {
 public:
  /// @param most_events   messages that wait and are not retained
  /// @param most_cleared  topics without a message that the broker was not told of
  explicit Outbox(std::size_t most_events = 1000, std::size_t most_cleared = 3000)
      : most_events_(most_events), most_cleared_(most_cleared) {}

  struct Item {
    std::uint64_t number = 0;
    MqttMessage message;
  };

  void put(MqttMessage message);
  /// The next message, which is under way from now on.
  std::optional<Item> take();
  /// It has reached the broker.
  void arrived(std::uint64_t number);
  /// No broker takes it.
  void refused(std::uint64_t number);
  /// A connection is new: what was under way and all that is retained is to be sent.
  void restart();
  /// All that is retained is to be sent once more.
  void repeat();

  std::size_t under_way() const;
  bool is_empty() const;  ///< nothing waits, nothing is under way
  std::uint64_t published() const;
  std::uint64_t dropped() const;

 private:
  struct Kept {
    std::string payload;
    bool is_alert = false;
    bool is_due = false;
    std::uint64_t number = 0;  ///< that it was sent under last
  };

  void keep(MqttMessage message);
  void repeat_kept();
  void forget_cleared();
  void make_room();
  Item send(MqttMessage message);

  mutable std::mutex mutex_;
  std::size_t most_events_, most_cleared_;
  std::map<std::string, Kept> kept_;  ///< by topic
  std::deque<std::string> due_;       ///< topics
  std::deque<std::string> cleared_;   ///< topics
  std::deque<MqttMessage> events_;
  std::map<std::uint64_t, MqttMessage> under_way_;
  std::uint64_t last_number_ = 0, published_ = 0, dropped_ = 0;
};

}  // namespace fliqe::tools
