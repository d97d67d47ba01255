// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace fliqe::fuzz {

/// What must hold of every input.
inline void check(bool holds) {
  if (!holds) std::abort();
}

/// The first line of an input and what follows it.
inline std::pair<std::string_view, std::string_view> first_line(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  return {text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

}  // namespace fliqe::fuzz
