// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fleet/job.hpp"
#include "fleet/outcome.hpp"
#include "kafka/kafka_message.hpp"

namespace fliqe::tools {

/// A picture to be scored.
struct Task {
  std::uint64_t job = 0;  ///< number on the board
  std::size_t index = 0;  ///< of the picture in the job
  std::shared_ptr<const Job> description;

  const std::string& reference() const { return description->references[index]; }
};

/// A job whose pictures all have an outcome.
struct FinishedJob {
  KafkaRecord record;
  std::shared_ptr<const Job> description;
  std::string error;  ///< why the record is no job; empty: it is one
  std::vector<Outcome> outcomes;
};

/// The jobs that a worker has read and not yet answered. Those of a partition leave in the order in
/// which they came.
class JobBoard {
 public:
  /// @return the job's pictures; none when the record is no job
  std::vector<Task> add(KafkaRecord record);
  /// Pictures of jobs that are gone are left out.
  void finish(const Task& task, Outcome outcome);
  std::vector<FinishedJob> take_finished();

  /// Others do the jobs of a partition.
  void drop(const TopicPartition& partition);
  void clear();

  std::size_t waiting() const noexcept { return waiting_; }  ///< pictures without an outcome
  bool is_empty() const noexcept { return jobs_.empty(); }

 private:
  struct Entry {
    FinishedJob job;
    std::size_t waiting = 0;
  };

  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, Entry> jobs_;
  std::map<TopicPartition, std::deque<std::uint64_t>> order_;
  std::size_t waiting_ = 0;
};

}  // namespace fliqe::tools
