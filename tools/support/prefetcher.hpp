// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace fliqe::tools {

/// Makes items 0, 1, 2, ... on threads of its own, a bounded number ahead, and hands them out in
/// order.
template <class Item>
class Prefetcher {
 public:
  /// `make(index)` must be callable from several threads at once and must not throw.
  Prefetcher(std::size_t count, std::size_t ahead, int threads,
             std::function<Item(std::size_t)> make)
      : count_(count), make_(std::move(make)), slots_(ahead) {
    for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
  }

  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// The next item; nothing after the last.
  std::optional<Item> next() {
    std::unique_lock lock(mutex_);
    if (taken_ == count_) return std::nullopt;
    std::optional<Item>& slot = slots_[taken_ % slots_.size()];
    changed_.wait(lock, [&] { return slot.has_value(); });
    std::optional<Item> item = std::move(slot);
    slot.reset();
    ++taken_;
    lock.unlock();
    changed_.notify_all();
    return item;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] {
        return stopping_ || started_ == count_ || started_ < taken_ + slots_.size();
      });
      if (stopping_ || started_ == count_) return;
      const std::size_t index = started_++;
      lock.unlock();
      Item item = make_(index);
      lock.lock();
      slots_[index % slots_.size()] = std::move(item);
      changed_.notify_all();
    }
  }

  std::size_t count_;
  std::function<Item(std::size_t)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<Item>> slots_;
  std::size_t started_ = 0;
  std::size_t taken_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace fliqe::tools
