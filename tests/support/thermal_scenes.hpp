// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/thermal/raw_frame.hpp>

namespace fliqe::test {

/// Smooth, as scenes are, between 12000 and 18000 counts.
inline RawFrame scene_counts(int width, int height) {
  RawFrame raw{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double wave = std::sin(0.11 * x) + std::cos(0.07 * y);
      raw.counts.push_back(static_cast<std::uint16_t>(15000 + 1500 * wave));
    }
  }
  return raw;
}

}  // namespace fliqe::test
