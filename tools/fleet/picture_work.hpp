// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <semaphore>

#include "app/model_options.hpp"
#include "fetch/fetch_patiently.hpp"
#include "fetch/fetcher.hpp"
#include "fleet/job_board.hpp"
#include "pictures/picture.hpp"

namespace fliqe::tools {

/// Fetches a picture and scores it. Thread-safe: many fetch at once, as many score as there are
/// cores for it.
class PictureWork {
 public:
  /// @param scoring  pictures that are scored at once
  /// @param stopped  ends the waiting for servers
  PictureWork(const Scorer& scorer, const ThermalOptions& thermal, Fetcher& fetcher, int scoring,
              const std::atomic<bool>& stopped)
      : scorer_(scorer), thermal_(thermal), fetcher_(fetcher), stopped_(stopped), free_(scoring) {}

  Outcome operator()(const Task& task);

 private:
  Outcome score(std::span<const std::byte> bytes, const Task& task);

  const Scorer& scorer_;
  ThermalOptions thermal_;
  Fetcher& fetcher_;
  const std::atomic<bool>& stopped_;
  std::counting_semaphore<> free_;
};

}  // namespace fliqe::tools
