// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "watch/clock.hpp"
#include "watch/event_log.hpp"
#include "watch/newest_frames.hpp"
#include "watch/stream_reader.hpp"
#include "watch/stream_scorer.hpp"
#include "watch/watch_config.hpp"
#include "watch/watched_stream.hpp"

namespace fliqe::tools {

/// Watches many streams: a thread reads each, workers score the newest frames. Everything that
/// happens becomes an event. Thread-safe, but for attend() and stop(), which one thread calls.
class Watcher {
 public:
  /// @param workers  that score at once
  Watcher(const WatchConfig& config, StreamScorer scorer, EventLog& log, int workers,
          Surroundings surroundings = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  /// Begins to watch a stream.
  /// @throws Error `invalid_argument` when there is one of that name, `io` without a thread for it
  void add(const StreamConfig& stream);
  /// Ends a stream with its summary, soon. False when there is none of that name.
  bool remove(const std::string& name);
  /// In the order in which they were added.
  std::vector<std::shared_ptr<const WatchedStream>> streams() const;
  /// Nothing when there is none of that name.
  std::shared_ptr<const WatchedStream> find(const std::string& name) const;

  /// Does what is due: stale streams, sinks. False when there is nothing left to watch.
  /// @throws Error `io` when events cannot be written
  bool attend();
  /// Ends all threads; frames that are being scored are finished. Writes a summary of each stream.
  void stop();

  /// Whether a frame waits or is being scored.
  bool has_work() const;

 private:
  /// A stream and the thread that reads it.
  struct Entry {
    std::shared_ptr<WatchedStream> stream;
    std::atomic<bool> is_stopped{false};
    std::atomic<bool> is_done{false};  ///< its thread ends
    std::thread thread;
  };
  using Entries = std::map<std::size_t, std::shared_ptr<Entry>>;

  /// The stream of that name, or the end. With mutex_ locked.
  Entries::const_iterator named(const std::string& name) const;
  Entries entries() const;
  StreamReader::Listener listener(std::size_t number, const std::shared_ptr<WatchedStream>& stream);
  void work();
  void score(WatchedStream& stream, TimedFrame&& timed);
  /// Ends the threads of removed streams, if they are done or `wait` is set.
  void clear_removed(bool wait);
  void end_threads();
  void rethrow_failure();
  /// The first failure of a thread ends the run.
  template <class Work>
  void guarded(const Work& body);

  double first_retry_, longest_retry_;
  StreamScorer scorer_;
  EventLog& log_;
  Surroundings surroundings_;
  std::atomic<bool> stopped_{false};
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  NewestFrames<TimedFrame> frames_;
  mutable std::mutex mutex_;  ///< guards the next three
  Entries entries_;           ///< by their numbers in frames_
  std::vector<std::shared_ptr<Entry>> removed_;
  std::random_device seed_;
  std::vector<std::thread> workers_;
  bool is_summarized_ = false;
};

}  // namespace fliqe::tools
