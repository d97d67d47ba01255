// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "fleet/job_board.hpp"

namespace fliqe::tools {

/// Threads that turn pictures into outcomes, in any order. Thread-safe.
class WorkPool {
 public:
  using Done = std::pair<Task, Outcome>;

  /// @param work  called by several threads at once; must not throw
  WorkPool(int threads, std::function<Outcome(const Task&)> work) : work_(std::move(work)) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
    }
  }

  void put(std::vector<Task> tasks) {
    const std::lock_guard lock(mutex_);
    for (Task& task : tasks) waiting_.push_back(std::move(task));
    changed_.notify_all();
  }

  /// What has been done since the last call; waits for the first, but no longer than that.
  std::vector<Done> take(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    finished_.wait_for(lock, longest, [&] { return !done_.empty(); });
    return std::exchange(done_, {});
  }

  /// Forgets what no thread has begun.
  void clear() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  void run(const std::stop_token& stop) {
    while (const std::optional<Task> task = next(stop)) {
      Outcome outcome = work_(*task);
      const std::lock_guard lock(mutex_);
      done_.emplace_back(*task, std::move(outcome));
      finished_.notify_one();
    }
  }

  std::optional<Task> next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); }) || stop.stop_requested()) {
      return std::nullopt;
    }
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    return task;
  }

  std::function<Outcome(const Task&)> work_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable finished_;
  std::deque<Task> waiting_;
  std::vector<Done> done_;
  std::vector<std::jthread> threads_;
};

}  // namespace fliqe::tools
