// SPDX-License-Identifier: MIT
#include "watch/watcher.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace fliqe::tools {

Watcher::Watcher(const WatchConfig& config, StreamScorer scorer, EventLog& log, int workers,
                 Surroundings surroundings)
    : first_retry_(config.first_retry),
      longest_retry_(config.longest_retry),
      scorer_(std::move(scorer)),
      log_(log),
      surroundings_(std::move(surroundings)) {
  try {
    for (int i = 0; i < workers; ++i) {
      workers_.emplace_back([this] { guarded([this] { work(); }); });
    }
    for (const StreamConfig& stream : config.streams) add(stream);
  } catch (const std::system_error& error) {
    end_threads();
    throw Error(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
  } catch (...) {
    end_threads();
    throw;
  }
}

Watcher::~Watcher() {
  frames_.close();  // what waits is not scored
  end_threads();
}

void Watcher::add(const StreamConfig& config) {
  auto entry = std::make_shared<Entry>();
  entry->stream = std::make_shared<WatchedStream>(config, log_, surroundings_.clock);
  const std::lock_guard lock(mutex_);
  require(named(config.name) == entries_.end(), ErrorCode::invalid_argument,
          "there is a stream '" + config.name + "' already");
  const std::size_t number = frames_.add();
  log_.added(config);
  const Backoff backoff(first_retry_, longest_retry_, seed_());
  try {
    entry->thread = std::thread([this, number, backoff, entry = entry.get()] {
      guarded([&] {
        StreamReader(entry->stream->config(), backoff, listener(number, entry->stream),
                     entry->is_stopped, surroundings_)
            .run();
      });
      entry->is_done = true;
    });
  } catch (const std::system_error& error) {
    frames_.remove(number);
    log_.removed(config.name);
    throw Error(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
  }
  entries_.emplace(number, std::move(entry));
}

bool Watcher::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = named(name);
  if (found == entries_.end()) return false;
  found->second->is_stopped = true;
  found->second->stream->finish();
  log_.removed(name);
  frames_.remove(found->first);
  removed_.push_back(found->second);
  entries_.erase(found);
  return true;
}

Watcher::Entries::const_iterator Watcher::named(const std::string& name) const {
  return std::ranges::find_if(
      entries_, [&](const auto& each) { return each.second->stream->config().name == name; });
}

Watcher::Entries Watcher::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<std::shared_ptr<const WatchedStream>> Watcher::streams() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const WatchedStream>> streams;
  for (const auto& [number, entry] : entries_) streams.push_back(entry->stream);
  return streams;
}

std::shared_ptr<const WatchedStream> Watcher::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = named(name);
  return found == entries_.end() ? nullptr : found->second->stream;
}

void Watcher::clear_removed(bool wait) {
  std::vector<std::shared_ptr<Entry>> ready;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(removed_, [&](const std::shared_ptr<Entry>& entry) {
      if (!wait && !entry->is_done) return false;
      ready.push_back(entry);
      return true;
    });
  }
  for (const auto& entry : ready) {
    if (entry->thread.joinable()) entry->thread.join();
  }
}

void Watcher::end_threads() {
  stopped_ = true;
  const Entries all = entries();
  for (const auto& [number, entry] : all) entry->is_stopped = true;
  for (const auto& [number, entry] : all) {
    if (entry->thread.joinable()) entry->thread.join();
  }
  clear_removed(true);
  frames_.close();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

template <class Work>
void Watcher::guarded(const Work& body) {
  try {
    body();
  } catch (...) {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
    stopped_ = true;
    frames_.close();
  }
}

void Watcher::rethrow_failure() {
  const std::lock_guard lock(failure_mutex_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool Watcher::attend() {
  log_.attend();
  clear_removed(false);
  const Entries all = entries();
  bool is_anything_left = false;
  for (const auto& [number, entry] : all) {
    entry->stream->check_stale();
    is_anything_left |= !entry->stream->is_ended();
  }
  is_anything_left |= has_work();
  if (!stopped_) return is_anything_left;
  rethrow_failure();
  return false;
}

void Watcher::stop() {
  end_threads();
  if (!std::exchange(is_summarized_, true)) {
    for (const auto& [number, entry] : entries_) entry->stream->finish();
  }
  rethrow_failure();
}

bool Watcher::has_work() const {
  return frames_.has_work();
}

StreamReader::Listener Watcher::listener(std::size_t number,
                                         const std::shared_ptr<WatchedStream>& stream) {
  return {[stream](const VideoInfo& info) { stream->connected(info); },
          [this, number, stream](VideoFrame&& frame) {
            const Clock::time_point now = surroundings_.clock.now();
            stream->received(now);
            if (!frames_.put(number, {std::move(frame), now})) stream->dropped();
          },
          [stream](const std::string& reason, double retry) { stream->lost(reason, retry); },
          [stream](const std::string& error) { stream->ended(error); }};
}

void Watcher::work() {
  while (auto turn = frames_.take()) {
    std::shared_ptr<WatchedStream> stream;
    {
      const std::lock_guard lock(mutex_);
      const auto entry = entries_.find(turn->stream);
      if (entry != entries_.end()) stream = entry->second->stream;
    }
    if (stream) score(*stream, std::move(turn->frame));
    frames_.done(turn->stream);
  }
}

void Watcher::score(WatchedStream& stream, TimedFrame&& timed) {
  if (!stream.is_moving(timed)) return;
  const Result<FrameQuality> found = scorer_(timed.frame.image);
  if (!found) return stream.failed(timed, found.error().what());
  stream.scored(std::move(timed), *found);
}

}  // namespace fliqe::tools
