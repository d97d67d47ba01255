// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fleet/delivery.hpp"
#include "fleet/job_board.hpp"
#include "fleet/work_pool.hpp"
#include "kafka/kafka_consumer.hpp"

namespace fliqe::tools {

struct WorkerSettings {
  KafkaSettings cluster{};
  std::string group = "fliqe";
  std::string jobs = "fliqe.jobs";  ///< topic
  bool exactly_once = false;
  int threads = 8;            ///< that fetch and score
  double idle_seconds = 0;    ///< without a job before it ends; 0: it does not
  double drain_seconds = 20;  ///< that the end may take
};

/// What a worker has done so far, and what is ahead.
struct WorkerFigures {
  std::uint64_t jobs = 0, scored = 0;
  std::map<std::string, std::uint64_t> dead;  ///< by code
  std::size_t partitions = 0;                 ///< that are this worker's
  KafkaOffsets lag;                           ///< jobs, by partition, where that is known
  std::string problem;                        ///< why the cluster is out of reach; empty: it is not
};

/// Reads jobs from a topic that it shares with its group, has their pictures scored, and answers
/// them.
class Worker {
 public:
  /// @param score   callable from several threads at once; must not throw
  /// @param answer  the messages of a finished job
  /// @throws Error `no_such_capability` when this program was built without Kafka
  Worker(const WorkerSettings& settings, std::function<Outcome(const Task&)> score,
         std::function<std::vector<KafkaMessage>(const FinishedJob&)> answer);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Works until `is_stopped`, or until there has been nothing to do for long enough; finishes and
  /// commits what it has begun.
  /// @throws Error `io` for what waiting cannot mend
  void run(const std::function<bool()>& is_stopped);

  /// Thread-safe.
  WorkerFigures figures() const;
  /// The figure of that name, without the others.
  std::string problem() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void read(std::chrono::milliseconds longest);
  void be_heard();
  void collect(std::chrono::milliseconds longest);
  void deliver();
  void note(const FinishedJob& job);
  void start_again(const std::exception_ptr& failure, const std::function<bool()>& is_stopped);
  void leave(const std::vector<TopicPartition>& partitions);
  void finish();
  void look_at_lag();

  WorkerSettings settings_;
  std::function<std::vector<KafkaMessage>(const FinishedJob&)> answer_;
  JobBoard board_;
  KafkaConsumer consumer_;
  std::unique_ptr<Delivery> delivery_;
  Time last_look_{};
  Time last_read_{};
  mutable std::mutex mutex_;  ///< guards figures_
  WorkerFigures figures_;
  WorkPool pool_;  ///< ends first
};

}  // namespace fliqe::tools
