// SPDX-License-Identifier: MIT
#include "fetch/fetch_patiently.hpp"

#include <algorithm>
#include <optional>
#include <random>

#include "watch/backoff.hpp"

namespace fliqe::tools {

FetchResult fetch_patiently(const std::function<FetchResult()>& fetch, const Patience& patience,
                            Clock& clock, const std::atomic<bool>& stopped) {
  std::optional<Backoff> backoff;
  for (int tries = 1;; ++tries) {
    FetchResult result = fetch();
    result.tries = tries;
    if (!result.failure || !result.failure->is_transient || tries >= patience.tries) return result;
    if (!backoff) {
      backoff.emplace(patience.first_wait, patience.longest_wait, std::random_device{}());
    }
    const double wait = std::max(backoff->next(), result.failure->retry_after);
    const auto end = clock.now() + clock_seconds(std::min(wait, patience.longest_wait));
    if (!clock.sleep_until(end, stopped)) return result;
  }
}

}  // namespace fliqe::tools
