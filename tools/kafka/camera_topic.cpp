// SPDX-License-Identifier: MIT
#include "kafka/camera_topic.hpp"

#include <fliqe/base/error.hpp>
#include <utility>

#include "io/json.hpp"

namespace fliqe::tools {
namespace {

/// A machine that says nothing for so long has lost its cameras.
KafkaSettings with_short_session(KafkaSettings settings) {
  settings.properties.try_emplace("session.timeout.ms", "10000");
  settings.properties.try_emplace("heartbeat.interval.ms", "2000");
  return settings;
}

}  // namespace

CameraTopic::CameraTopic(const CameraTopicSettings& settings)
    : settings_(settings),
      policy_(settings.allowed),
      consumer_(with_short_session(settings.cluster), settings.group,
                {{}, [this](const auto& partitions) { leave(partitions); }}) {
  consumer_.join(settings.topic, true);
}

void CameraTopic::leave(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& partition : partitions) {
    newer_.erase(partition);
    for (const auto& each : known_[partition]) left_.push_back({each.first});
    known_.erase(partition);
  }
}

CameraTopic::Change CameraTopic::change_to(const std::string& name,
                                           const std::optional<std::string>& text) const {
  if (!text) return {name};
  try {
    StreamConfig camera = parse_stream(*text, settings_.topic + ": " + name, settings_.defaults);
    camera.name = name;
    policy_.check(camera);
    check_stream(camera);
    return {name, std::move(camera)};
  } catch (const Error& error) {
    return {name, std::nullopt, error.what()};
  }
}

std::vector<CameraTopic::Change> CameraTopic::poll() {
  bool is_behind = false;
  for (int i = 0; i < 1000; ++i) {  // no more at once: the caller has other things to do
    std::optional<KafkaRecord> record = consumer_.poll(std::chrono::milliseconds(i == 0 ? 5 : 0));
    is_behind = record.has_value();
    if (!record) break;
    if (record->key) newer_[record->from][*record->key] = std::move(record->value);
  }
  std::vector<Change> changes = std::exchange(left_, {});
  if (is_behind) return changes;
  for (auto& [partition, cameras] : std::exchange(newer_, {})) {
    Texts& known = known_[partition];
    for (auto& [name, text] : cameras) {
      const auto old = known.find(name);
      const bool is_known = old != known.end();
      if (is_known ? old->second == text : !text) continue;
      changes.push_back(change_to(name, text));
      if (text) {
        known[name] = std::move(text);
      } else {
        known.erase(old);
      }
    }
  }
  return changes;
}

std::vector<KafkaMessage> camera_messages(const std::string& topic, const std::string& path) {
  std::vector<KafkaMessage> messages;
  for (const auto& [name, text] : read_stream_texts(path)) {
    messages.push_back({topic, name, text});
  }
  return messages;
}

KafkaMessage camera_tombstone(const std::string& topic, const std::string& name) {
  return {topic, name, std::nullopt};
}

}  // namespace fliqe::tools
