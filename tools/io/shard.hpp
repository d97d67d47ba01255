// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fliqe::tools {

/// One of several equal parts of a list. Which part an entry belongs to follows from the entry
/// alone, so that parts which run at different times, on lists that have grown meanwhile, neither
/// share an entry nor leave one out.
struct Shard {
  unsigned number = 1;  ///< from 1
  unsigned count = 1;

  bool holds(std::string_view entry) const noexcept;
};

/// @param text  "3/16" @throws Error `invalid_argument`
Shard parse_shard(const std::string& text);

}  // namespace fliqe::tools
