// SPDX-License-Identifier: MIT
#include "fleet/job_board.hpp"

#include <fliqe/base/error.hpp>
#include <utility>

namespace fliqe::tools {

std::vector<Task> JobBoard::add(KafkaRecord record) {
  const std::uint64_t number = ++last_number_;
  order_[record.from].push_back(number);
  Entry& entry = jobs_[number];
  try {
    entry.job.description = std::make_shared<Job>(parse_job(record.value.value_or("")));
  } catch (const Error& error) {
    entry.job.error = error.what();
  }
  entry.job.record = std::move(record);
  std::vector<Task> tasks;
  const std::size_t pictures =
      entry.job.description == nullptr ? 0 : entry.job.description->references.size();
  for (std::size_t i = 0; i < pictures; ++i) tasks.push_back({number, i, entry.job.description});
  entry.job.outcomes.resize(pictures);
  entry.waiting = pictures;
  waiting_ += pictures;
  return tasks;
}

void JobBoard::finish(const Task& task, Outcome outcome) {
  const auto found = jobs_.find(task.job);
  if (found == jobs_.end()) return;
  found->second.job.outcomes[task.index] = std::move(outcome);
  --found->second.waiting;
  --waiting_;
}

std::vector<FinishedJob> JobBoard::take_finished() {
  std::vector<FinishedJob> finished;
  for (auto& [partition, numbers] : order_) {
    while (!numbers.empty()) {
      const auto oldest = jobs_.find(numbers.front());
      if (oldest->second.waiting > 0) break;
      finished.push_back(std::move(oldest->second.job));
      jobs_.erase(oldest);
      numbers.pop_front();
    }
  }
  return finished;
}

void JobBoard::drop(const TopicPartition& partition) {
  for (const std::uint64_t number : order_[partition]) {
    waiting_ -= jobs_.at(number).waiting;
    jobs_.erase(number);
  }
  order_.erase(partition);
}

void JobBoard::clear() {
  jobs_.clear();
  order_.clear();
  waiting_ = 0;
}

}  // namespace fliqe::tools
