// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace fliqe::tools {

/// The newest frame of each stream, waiting for a worker; a newer one takes its place. Streams get
/// their turn in order, and no two workers have frames of one stream at once, so that scores stay
/// in order. Thread-safe.
template <class Frame>
class NewestFrames {
 public:
  struct Turn {
    std::size_t stream = 0;
    Frame frame;
  };

  /// @return the number of a new stream, never one that was there before
  std::size_t add() {
    const std::lock_guard lock(mutex_);
    boxes_.emplace(next_, Box{});
    return next_++;
  }

  /// The stream's waiting frame is forgotten, and those that still come.
  void remove(std::size_t stream) {
    const std::lock_guard lock(mutex_);
    boxes_.erase(stream);
    std::erase(turns_, stream);
  }

  /// False when a frame that nobody has taken was dropped for this one.
  bool put(std::size_t stream, Frame&& frame) {
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      const auto box = boxes_.find(stream);
      if (box == boxes_.end()) return true;
      is_first = !box->second.frame.has_value();
      box->second.frame = std::move(frame);
      if (is_first && !box->second.is_busy) turns_.push_back(stream);
    }
    changed_.notify_one();
    return is_first;
  }

  /// Waits for a frame; nothing once close() was called. Who takes a frame calls done().
  std::optional<Turn> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !turns_.empty(); });
    if (is_closed_) return std::nullopt;
    const std::size_t stream = turns_.front();
    turns_.pop_front();
    Box& box = boxes_.at(stream);
    box.is_busy = true;
    Turn turn{stream, std::move(*box.frame)};
    box.frame.reset();
    return turn;
  }

  /// The stream's next frame may be taken.
  void done(std::size_t stream) {
    {
      const std::lock_guard lock(mutex_);
      const auto box = boxes_.find(stream);
      if (box == boxes_.end()) return;
      box->second.is_busy = false;
      if (!box->second.frame) return;
      turns_.push_back(stream);
    }
    changed_.notify_one();
  }

  /// Whether a frame of the stream waits or is being worked on.
  bool has_work(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    const auto box = boxes_.find(stream);
    return box != boxes_.end() && (box->second.is_busy || box->second.frame.has_value());
  }

  /// Whether any stream has.
  bool has_work() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [stream, box] : boxes_) {
      if (box.is_busy || box.frame) return true;
    }
    return false;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  struct Box {
    std::optional<Frame> frame;
    bool is_busy = false;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Box> boxes_;
  std::size_t next_ = 0;
  std::deque<std::size_t> turns_;
  bool is_closed_ = false;
};

}  // namespace fliqe::tools
