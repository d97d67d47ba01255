// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>

#include "fetch/fetch_result.hpp"
#include "watch/clock.hpp"

namespace fliqe::tools {

/// How often a fetch is tried, and how long in between.
struct Patience {
  int tries = 5;
  double first_wait = 0.5, longest_wait = 20;  ///< seconds
};

/// Fetches until it succeeds, fails for good or runs out of tries. Waits are those of `Backoff`, or
/// what the server asks for, up to the longest.
/// @param stopped  ends the waiting: the result is the last failure
FetchResult fetch_patiently(const std::function<FetchResult()>& fetch, const Patience& patience,
                            Clock& clock, const std::atomic<bool>& stopped);

}  // namespace fliqe::tools
