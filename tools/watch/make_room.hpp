// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

namespace fliqe::tools {

/// Drops the oldest messages of a queue until there are no more than `most`, alerts last.
/// @return how many
template <class Queue, class IsAlert>
std::size_t make_room(Queue& queue, std::size_t most, const IsAlert& is_alert) {
  std::size_t dropped = 0;
  for (; queue.size() > most; ++dropped) {
    const auto oldest = std::ranges::find_if_not(queue, is_alert);
    queue.erase(oldest == queue.end() ? queue.begin() : oldest);
  }
  return dropped;
}

}  // namespace fliqe::tools
