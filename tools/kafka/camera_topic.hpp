// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/kafka_consumer.hpp"
#include "watch/source_policy.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

struct CameraTopicSettings {
  KafkaSettings cluster;
  std::string topic;
  std::string group;
  StreamConfig defaults;             ///< what a camera leaves open
  std::vector<std::string> allowed;  ///< how sources may begin
};

/// The cameras that machines of a group share: a compacted topic has a record for each, its name
/// the key, a stream of `fliqe watch` as JSON the value. Each machine has those of its partitions.
class CameraTopic {
 public:
  /// @throws Error `no_such_capability` when this program was built without Kafka
  explicit CameraTopic(const CameraTopicSettings& settings);

  struct Change {
    std::string name;
    std::optional<StreamConfig> camera{};  ///< nothing: another machine's from now on, or gone
    std::string error{};                   ///< why the record is no camera
  };

  /// Cameras that come, go or differ since the last call; to be called several times a second.
  /// @throws Error `io` for what waiting cannot mend
  std::vector<Change> poll();
  /// Why the cluster is out of reach; empty when it is not, as far as known.
  std::string problem() const { return consumer_.problem(); }

 private:
  using Texts = std::map<std::string, std::optional<std::string>>;

  void leave(const std::vector<TopicPartition>& partitions);
  Change change_to(const std::string& name, const std::optional<std::string>& text) const;

  CameraTopicSettings settings_;
  SourcePolicy policy_;
  std::map<TopicPartition, Texts> known_;  ///< what has been handed out
  std::map<TopicPartition, Texts> newer_;  ///< a topic that is being read may have older ones, too
  std::vector<Change> left_;
  KafkaConsumer consumer_;
};

/// A record for each stream of a configuration file of `fliqe watch`.
std::vector<KafkaMessage> camera_messages(const std::string& topic, const std::string& path);
/// Ends a camera.
KafkaMessage camera_tombstone(const std::string& topic, const std::string& name);

}  // namespace fliqe::tools
