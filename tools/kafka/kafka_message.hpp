// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fliqe::tools {

using KafkaHeaders = std::map<std::string, std::string>;

/// What is sent to a topic.
struct KafkaMessage {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< nothing: a tombstone, which deletes the key
  KafkaHeaders headers{};
};

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

/// What comes from a topic.
struct KafkaRecord {
  TopicPartition from;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< nothing: a tombstone, which deletes the key
  KafkaHeaders headers{};
};

/// Offsets of the next records to read.
using KafkaOffsets = std::map<TopicPartition, std::int64_t>;

}  // namespace fliqe::tools
