// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/kafka_message.hpp"
#include "kafka/kafka_options.hpp"

namespace fliqe::tools {

/// Told, within KafkaConsumer::poll(), of partitions that a group gives and takes.
struct PartitionListener {
  std::function<void(const std::vector<TopicPartition>&)> assigned{};
  /// Offsets can still be committed.
  std::function<void(const std::vector<TopicPartition>&)> revoked{};
};

/// Reads topics, alone or shared among the members of a group. For one thread.
class KafkaConsumer {
 public:
  /// @param group  empty: none, the topics are read by read_all() alone
  /// @throws Error `invalid_argument` naming the property that is wrong, `no_such_capability` when
  ///         this program was built without Kafka
  KafkaConsumer(const KafkaSettings& settings, const std::string& group,
                PartitionListener listener = {});
  KafkaConsumer(const KafkaConsumer&) = delete;
  KafkaConsumer& operator=(const KafkaConsumer&) = delete;
  /// Leaves the group.
  ~KafkaConsumer();

  /// Joins the group to read its share of a topic.
  /// @param from_begin  every time a partition is assigned, not where the group left off
  void join(const std::string& topic, bool from_begin = false);
  /// Calls `take` with every record that a topic has at the moment.
  /// @throws Error `io` when the cluster is silent for so long, or has no such topic
  void read_all(const std::string& topic, std::chrono::milliseconds longest_silence,
                const std::function<void(KafkaRecord&&)>& take);

  /// The next record. @throws Error `io` for what waiting cannot mend
  std::optional<KafkaRecord> poll(std::chrono::milliseconds longest);
  /// No records come until pause(false).
  void pause(bool is_paused);

  /// Records up to `next` are done with; with enable.auto.commit the group is told soon. Nothing
  /// happens when the partition is another member's by now.
  void store(const TopicPartition& partition, std::int64_t next);
  /// Commits what is stored and leaves the group, which the listener is told; as does the end.
  void close();
  /// Goes back to where the group left off.
  /// @throws Error `io`
  void rewind(std::chrono::milliseconds longest);

  /// How many partitions the group has given.
  std::size_t partitions() const;
  /// How many records of each assigned partition are ahead, as far as known.
  KafkaOffsets lag() const;
  /// Why the cluster is out of reach; empty when it is not, as far as known.
  std::string problem() const;

 private:
  friend class KafkaProducer;
  struct Native;
  std::unique_ptr<Native> native_;
};

}  // namespace fliqe::tools
