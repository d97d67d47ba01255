// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/model_options.hpp"
#include "pictures/picture.hpp"
#include "scoring/scored_image.hpp"

namespace fliqe::tools {

/// Pictures that a request asks for together.
struct ScoringJob {
  static constexpr std::size_t most_items = 256;

  struct Item {
    std::string name;  ///< stands for the picture in messages
    std::string_view bytes;
  };

  std::string body;                    ///< what the items view
  std::vector<std::string> decoded{};  ///< likewise
  std::vector<Item> items{};
  ThermalOptions thermal{};
  /// Called on a worker's thread when all are done, in the order of the items.
  std::function<void(std::vector<ScoredImage>&&)> done{};
};

/// Jobs whose pictures workers score, one each at a time. Thread-safe.
class ScoringQueue {
 public:
  /// @param workers  threads, each of which scores on its own
  /// @param most     jobs that may wait
  ScoringQueue(const Scorer& scorer, int workers, std::size_t most);
  ScoringQueue(const ScoringQueue&) = delete;
  ScoringQueue& operator=(const ScoringQueue&) = delete;
  /// Finishes all that waits.
  ~ScoringQueue();

  /// False when too many wait.
  bool put(std::unique_ptr<ScoringJob> job);
  /// Other work of so many parts, each done by one worker; `done` follows the last one.
  /// Neither may throw.
  bool put(std::size_t parts, std::function<void(std::size_t)> part, std::function<void()> done);
  /// Jobs that have a part which no worker has taken.
  std::size_t waiting() const;

 private:
  struct Running {
    std::size_t parts;
    std::function<void(std::size_t)> part;
    std::function<void()> done;
    std::size_t taken = 0, finished = 0;  ///< parts
  };

  void work();

  const Scorer& scorer_;
  std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Running>> waiting_;
  bool is_closed_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace fliqe::tools
