// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace fliqe {

/// A colour in OpenCV's order.
struct Bgr {
  std::uint8_t blue = 0;
  std::uint8_t green = 0;
  std::uint8_t red = 0;

  bool operator==(const Bgr&) const = default;
};

/// Red for 0 to green for 1, as the Python `get_color`: (0, int(255 s), int(255 (1 - s))) with s
/// clamped to [0, 1]; NaN counts as 0.
inline Bgr get_color(double score) noexcept {
  const double s = std::isnan(score) ? 0.0 : std::clamp(score, 0.0, 1.0);
  return {0, static_cast<std::uint8_t>(255 * s), static_cast<std::uint8_t>(255 * (1 - s))};
}

}  // namespace fliqe
