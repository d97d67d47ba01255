// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <utility>

#include "mqtt/message.hpp"
#include "mqtt/topics.hpp"
#include "watch/clock.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Makes messages of what happens to streams. Scores change a stream's state at most once a second.
class StreamMessages {
 public:
  using Time = Clock::time_point;

  explicit StreamMessages(MqttTopics topics) : topics_(std::move(topics)) {}

  const MqttTopics& topics() const noexcept { return topics_; }

  MqttMessages added(const StreamConfig& stream, const std::string& timestamp, Time now);
  /// What is retained of a stream is cleared a second later, unless one of its name comes back.
  void removed(const std::string& stream, Time now);
  MqttMessages happened(const Event& event, Time now);
  /// What has become due meanwhile.
  MqttMessages due(Time now);
  /// All that waits, at the end.
  MqttMessages rest();

 private:
  struct Known {
    StreamStatus status;  ///< that was sent last
    Json state;           ///< newest
    bool is_due = false;  ///< the newest was not sent
    Time sent{};
  };

  void send_state(const std::string& stream, Known& known, Time now, MqttMessages& messages) const;
  void clear(const std::string& stream, MqttMessages& messages) const;

  MqttTopics topics_;
  std::map<std::string, Known> streams_;
  std::map<std::string, Time> removed_;
};

}  // namespace fliqe::tools
