// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI {

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

/// Colours for scores from 0 to 1.
enum class ColorRamp {
  red_green,   ///< as the Python original
  orange_blue  ///< over near-white; told apart with every kind of colour blindness
};

/// The ramp's colour; the ends of orange_blue are of Okabe and Ito's palette ("Color Universal
/// Design", 2008). Scores are clamped to [0, 1]; NaN counts as 0.
inline Bgr get_color(double score, ColorRamp ramp) noexcept {
  if (ramp == ColorRamp::red_green) return get_color(score);
  constexpr Bgr low{0, 94, 213}, middle{240, 240, 240}, high{233, 180, 86};
  const double s = std::isnan(score) ? 0.0 : std::clamp(score, 0.0, 1.0);
  const Bgr& from = s < 0.5 ? low : middle;
  const Bgr& to = s < 0.5 ? middle : high;
  const double part = s < 0.5 ? 2 * s : 2 * s - 1;
  const auto mixed = [part](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + part * (b - a)));
  };
  return {mixed(from.blue, to.blue), mixed(from.green, to.green), mixed(from.red, to.red)};
}

}  // namespace fliqe::inline FLIQE_ABI
