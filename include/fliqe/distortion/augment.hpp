// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <fliqe/distortion/simulate.hpp>
#include <fliqe/image/mirror.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI {

/// Harmless changes that make more pictures out of few: none of them is a distortion.
struct Augmentation {
  double angle = 0;       ///< degrees, counterclockwise
  double zoom = 1;        ///< about the middle
  bool flip = false;      ///< left and right change places
  double brightness = 0;  ///< grey levels that are added
  double contrast = 1;    ///< factor about grey 128
  double noise = 0;       ///< standard deviation in grey levels

  /// Within +-8 degrees, 1 to 1.2 times, +-12 grey levels, 0.9 to 1.1 times, up to 3 grey levels.
  static Augmentation random(Random& random) {
    Augmentation result;
    result.angle = random.between(-8, 8);
    result.zoom = random.between(1, 1.2);
    result.flip = random.uniform() < 0.5;
    result.brightness = random.between(-12, 12);
    result.contrast = random.between(0.9, 1.1);
    result.noise = random.between(0, 3);
    return result;
  }
};

/// A picture of the same size; bilinear, with the border mirrored.
inline Image augment(const ImageView& view, const Augmentation& how, Random& random) {
  const Image image = detail::owned(view);
  const ImageView source = image;
  const int channels = channel_count(image.format);
  const double turn = how.angle * std::numbers::pi / 180;
  const double cosine = std::cos(turn) / how.zoom, sine = std::sin(turn) / how.zoom;
  const double middle_x = (image.width - 1) / 2.0, middle_y = (image.height - 1) / 2.0;
  Image result = image;
  detail::for_each_byte(result, [&](int x, int y, int c, std::uint8_t& byte) {
    const double dx = (how.flip ? image.width - 1 - x : x) - middle_x, dy = y - middle_y;
    const double from_x = middle_x + cosine * dx - sine * dy;
    const double from_y = middle_y + sine * dx + cosine * dy;
    const double left = std::floor(from_x), top = std::floor(from_y);
    const auto at = [&](double column, double row) {
      const int from = detail::mirrored(static_cast<int>(column), image.width) * channels + c;
      return static_cast<double>(
          source.row(detail::mirrored(static_cast<int>(row), image.height))[from]);
    };
    const double fx = from_x - left, fy = from_y - top;
    const double above = (1 - fx) * at(left, top) + fx * at(left + 1, top);
    const double below = (1 - fx) * at(left, top + 1) + fx * at(left + 1, top + 1);
    const double level = (1 - fy) * above + fy * below;
    const double noise = how.noise > 0 ? how.noise * random.normal() : 0;
    byte = detail::to_byte(128 + how.contrast * (level - 128) + how.brightness + noise);
  });
  return result;
}

}  // namespace fliqe::inline FLIQE_ABI
