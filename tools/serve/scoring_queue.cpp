// SPDX-License-Identifier: MIT
#include "serve/scoring_queue.hpp"

#include <span>
#include <utility>

#include "scoring/score_pictures.hpp"

namespace fliqe::tools {

ScoringQueue::ScoringQueue(const Scorer& scorer, int workers, std::size_t most)
    : scorer_(scorer), most_(most) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

ScoringQueue::~ScoringQueue() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool ScoringQueue::put(std::unique_ptr<ScoringJob> job) {
  const std::shared_ptr<ScoringJob> shared = std::move(job);
  const auto results = std::make_shared<std::vector<ScoredImage>>(shared->items.size());
  return put(
      shared->items.size(),
      [this, shared, results](std::size_t index) {
        const ScoringJob::Item& item = shared->items[index];
        (*results)[index] =
            score_bytes(scorer_, std::as_bytes(std::span(item.bytes)), item.name, shared->thermal);
      },
      [shared, results] { shared->done(std::move(*results)); });
}

bool ScoringQueue::put(std::size_t parts, std::function<void(std::size_t)> part,
                       std::function<void()> done) {
  auto running = std::make_shared<Running>(Running{parts, std::move(part), std::move(done)});
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || waiting_.size() >= most_) return false;
    waiting_.push_back(std::move(running));
  }
  changed_.notify_all();
  return true;
}

std::size_t ScoringQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void ScoringQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::shared_ptr<Running> running = waiting_.front();
    const std::size_t index = running->taken++;
    if (running->taken == running->parts) waiting_.pop_front();
    lock.unlock();
    running->part(index);
    lock.lock();
    if (++running->finished < running->parts) continue;
    lock.unlock();
    running->done();
    lock.lock();
  }
}

}  // namespace fliqe::tools
