// SPDX-License-Identifier: MIT
#include "dataset/split.hpp"

#include <algorithm>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/base/random.hpp>
#include <utility>
#include <vector>

#include "io/inputs.hpp"

namespace fliqe::tools {

std::string file_of(const std::string& path) {
  const std::size_t mark = path.rfind('#');
  if (mark == path.npos || mark + 1 == path.size()) return path;
  const bool is_number = path.find_first_not_of("0123456789", mark + 1) == path.npos;
  const std::string file = path.substr(0, mark);
  const bool is_frame = is_number && (has_video_extension(file) || has_picture_extension(file));
  return is_frame ? file : path;
}

std::set<std::string> keep_apart(const std::set<std::string>& units, double part,
                                 std::uint64_t seed) {
  require(units.size() > 1, ErrorCode::invalid_argument,
          "all pictures are of one folder or group, so that none can be kept apart: give "
          "more, or --split picture");
  std::vector<std::string> order(units.begin(), units.end());
  Random random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  const auto wanted = static_cast<std::size_t>(part * static_cast<double>(order.size()) + 0.5);
  const std::size_t count = std::clamp<std::size_t>(wanted, 1, order.size() - 1);
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace fliqe::tools
