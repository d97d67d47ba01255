// SPDX-License-Identifier: MIT
#include "fleet/worker.hpp"

#include <fliqe/base/error.hpp>
#include <utility>

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Pictures that wait or are being worked on before another job is read.
constexpr std::size_t most_waiting = 2 * Job::most_references;

/// Seconds until a member without partitions is one too many for them.
constexpr double longest_joining = 60;

KafkaSettings consumer_settings(const WorkerSettings& settings) {
  KafkaSettings cluster = settings.cluster;
  if (!settings.exactly_once) {
    cluster.properties.insert_or_assign("enable.auto.commit", "true");  // of stored offsets
    cluster.properties.try_emplace("auto.commit.interval.ms", "1000");
  }
  return cluster;
}

double seconds_since(steady_clock::time_point time) {
  return std::chrono::duration<double>(steady_clock::now() - time).count();
}

}  // namespace

Worker::Worker(const WorkerSettings& settings, std::function<Outcome(const Task&)> score,
               std::function<std::vector<KafkaMessage>(const FinishedJob&)> answer)
    : settings_(settings),
      answer_(std::move(answer)),
      consumer_(consumer_settings(settings), settings.group,
                {{}, [this](const auto& partitions) { leave(partitions); }}),
      delivery_(settings.exactly_once
                    ? make_exactly_once(settings.cluster, consumer_, settings.group)
                    : make_at_least_once(settings.cluster, consumer_)),
      pool_(settings.threads, std::move(score)) {
  consumer_.join(settings.jobs);
}

Worker::~Worker() {
  consumer_.close();  // which calls leave()
}

void Worker::run(const std::function<bool()>& is_stopped) {
  const auto begin = steady_clock::now();
  auto last_job = begin;
  while (!is_stopped()) {
    const bool has_room = board_.waiting() < most_waiting && delivery_->has_room();
    if (has_room) read(milliseconds(board_.is_empty() ? 100 : 5));
    be_heard();
    collect(milliseconds(has_room ? 0 : 20));
    try {
      deliver();
    } catch (const Error&) {
      start_again(std::current_exception(), is_stopped);
    }
    look_at_lag();
    const bool has_joined = consumer_.partitions() > 0 || seconds_since(begin) > longest_joining;
    const bool is_idle = has_joined && board_.is_empty() && delivery_->is_complete();
    if (!is_idle) last_job = steady_clock::now();
    if (settings_.idle_seconds > 0 && seconds_since(last_job) > settings_.idle_seconds) break;
  }
  finish();
}

void Worker::read(milliseconds longest) {
  last_read_ = steady_clock::now();
  std::optional<KafkaRecord> record = consumer_.poll(longest);
  if (record) pool_.put(board_.add(std::move(*record)));
}

/// The group gives the partitions of a member to others that has not asked for too long.
void Worker::be_heard() {
  if (seconds_since(last_read_) < 1) return;
  consumer_.pause(true);
  read(milliseconds(0));
  consumer_.pause(false);
}

void Worker::collect(milliseconds longest) {
  for (auto& [task, outcome] : pool_.take(longest)) board_.finish(task, std::move(outcome));
}

void Worker::deliver() {
  for (const FinishedJob& job : board_.take_finished()) {
    delivery_->send(answer_(job), job.record.from, job.record.offset + 1);
    note(job);
  }
  delivery_->attend();
}

void Worker::note(const FinishedJob& job) {
  const std::lock_guard lock(mutex_);
  ++figures_.jobs;
  if (!job.error.empty()) ++figures_.dead["bad_job"];
  for (const Outcome& outcome : job.outcomes) {
    ++(outcome.is_scored() ? figures_.scored : figures_.dead[outcome.code]);
  }
}

/// After a transaction that failed; the cluster may be away for long.
void Worker::start_again(const std::exception_ptr& failure,
                         const std::function<bool()>& is_stopped) {
  pool_.clear();
  board_.clear();
  while (true) {
    try {
      if (!delivery_->recover()) break;
      return consumer_.rewind(milliseconds(30'000));
    } catch (const Error&) {
      if (is_stopped()) break;
      be_heard();
    }
  }
  std::rethrow_exception(failure);
}

void Worker::leave(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& each : partitions) board_.drop(each);
  try {
    delivery_->complete(milliseconds(5'000));
  } catch (const Error&) {
    static_cast<void>(delivery_->recover());  // other workers do it again
  }
  for (const TopicPartition& each : partitions) delivery_->drop(each);
}

void Worker::finish() {
  const auto begin = steady_clock::now();
  const auto is_late = [&] { return seconds_since(begin) > settings_.drain_seconds; };
  while (!board_.is_empty() && !is_late()) {
    collect(milliseconds(50));
    deliver();
  }
  pool_.clear();
  delivery_->complete(milliseconds(static_cast<int>(1000 * settings_.drain_seconds)));
}

void Worker::look_at_lag() {
  if (seconds_since(last_look_) < 1) return;
  last_look_ = steady_clock::now();
  KafkaOffsets lag = consumer_.lag();
  const std::size_t partitions = consumer_.partitions();
  std::string problem = consumer_.problem();
  if (problem.empty()) problem = delivery_->problem();
  const std::lock_guard lock(mutex_);
  figures_.lag = std::move(lag);
  figures_.partitions = partitions;
  figures_.problem = std::move(problem);
}

std::string Worker::problem() const {
  const std::lock_guard lock(mutex_);
  return figures_.problem;
}

WorkerFigures Worker::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace fliqe::tools
