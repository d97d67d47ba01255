// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <fliqe/base/error.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace fliqe::tools {

/// 0, 1, 2, ... as the source of a pipeline.
inline std::function<std::optional<std::size_t>()> numbers_below(std::size_t count) {
  return [count, next = std::size_t{0}]() mutable {
    return next < count ? std::optional(next++) : std::nullopt;
  };
}

/// Takes items one after the other from a source that knows no other way, works on several at once,
/// and hands the results out in order, a bounded number ahead.
template <class Item, class Result>
class OrderedPipeline {
 public:
  /// @param ahead  results that may wait, at least 1
  /// @param take   the next item, nothing after the last; never called twice at once
  /// @param work   callable from several threads at once
  /// What either throws, next() throws in its place. @throws Error `io` when no thread can start
  OrderedPipeline(int threads, std::size_t ahead, std::function<std::optional<Item>()> take,
                  std::function<Result(Item&&)> work)
      : ahead_(ahead), take_(std::move(take)), work_(std::move(work)), done_(ahead) {
    try {
      for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { run(); });
    } catch (const std::system_error& error) {
      if (!workers_.empty()) return;  // fewer do, only slower
      throw Error(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
    }
  }

  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  ~OrderedPipeline() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// The next result; nothing after the last.
  std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    std::optional<Slot>& next = done_[taken_ % ahead_];
    changed_.wait(lock, [&] { return next || (ended_ && taken_ == started_); });
    if (!next) return std::nullopt;
    Slot slot = std::move(*next);
    next.reset();
    ++taken_;
    lock.unlock();
    changed_.notify_all();
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(slot.result);
  }

 private:
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr error;
  };

  void run() {
    while (true) {
      std::unique_lock source(source_mutex_);
      if (!wait_for_room()) return;
      Slot slot;
      std::optional<Item> item;
      try {
        item = take_();
      } catch (...) {
        slot.error = std::current_exception();
      }
      const std::optional<std::size_t> number = begin(item.has_value(), slot.error != nullptr);
      source.unlock();
      if (!number) return;
      try {
        if (item) slot.result = work_(std::move(*item));
      } catch (...) {
        slot.error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        done_[*number % ahead_] = std::move(slot);
      }
      changed_.notify_all();
    }
  }

  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || ended_ || started_ < taken_ + ahead_; });
    return !stopping_ && !ended_;
  }

  /// The number of what was taken; nothing after the last.
  std::optional<std::size_t> begin(bool has_item, bool failed) {
    const std::lock_guard lock(mutex_);
    ended_ = !has_item;
    if (ended_) changed_.notify_all();
    if (!has_item && !failed) return std::nullopt;
    return started_++;
  }

  std::size_t ahead_;
  std::function<std::optional<Item>()> take_;
  std::function<Result(Item&&)> work_;
  std::mutex source_mutex_;  ///< held while an item is taken
  std::mutex mutex_;         ///< guards all below
  std::condition_variable changed_;
  std::vector<std::optional<Slot>> done_;  ///< a ring, so that workers need no memory for it
  std::size_t started_ = 0;
  std::size_t taken_ = 0;
  bool ended_ = false;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace fliqe::tools
