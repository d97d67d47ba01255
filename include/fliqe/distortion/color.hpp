// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fliqe/distortion/blur.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::detail {

/// Hue in steps of 2 degrees (0 ... 179), saturation and value in bytes: OpenCV's 8-bit HSV.
struct Hsv {
  int hue, saturation, value;
};

/// In OpenCV's fixed-point arithmetic, whose rounding decides the hue of many colours.
inline Hsv to_hsv(int red, int green, int blue) {
  const int value = std::max({red, green, blue}), spread = value - std::min({red, green, blue});
  if (spread == 0) return {0, 0, value};
  constexpr int bits = 12, half = 1 << (bits - 1);
  const auto reciprocal = [](int factor, int divisor) {
    return static_cast<int>(std::lrint(factor * static_cast<double>(1 << bits) / divisor));
  };
  int sixths = 0;  // times `spread`
  if (value == red) {
    sixths = green - blue;
  } else if (value == green) {
    sixths = blue - red + 2 * spread;
  } else {
    sixths = red - green + 4 * spread;
  }
  const int hue = (sixths * reciprocal(30, spread) + half) >> bits;
  const int saturation = (spread * reciprocal(255, value) + half) >> bits;
  return {hue < 0 ? hue + 180 : hue, saturation, value};
}

struct Rgb {
  std::uint8_t red, green, blue;
};

inline Rgb to_rgb(const Hsv& color) {
  const double sixths = color.hue / 30.0, saturation = color.saturation / 255.0;
  const int sector = static_cast<int>(sixths) % 6;
  const double part = sixths - std::floor(sixths);
  const std::uint8_t full = to_byte(color.value);
  const std::uint8_t none = to_byte(color.value * (1 - saturation));
  const std::uint8_t falling = to_byte(color.value * (1 - saturation * part));
  const std::uint8_t rising = to_byte(color.value * (1 - saturation * (1 - part)));
  switch (sector) {
    case 0:
      return {full, rising, none};
    case 1:
      return {falling, full, none};
    case 2:
      return {none, full, rising};
    case 3:
      return {none, falling, full};
    case 4:
      return {rising, none, full};
    default:
      return {full, none, falling};
  }
}

/// Grey has no hue and stays.
inline Image recolored(Image image, int turn, double saturation) {
  if (image.format == PixelFormat::gray8) return image;
  const std::size_t red = image.format == PixelFormat::bgr8 ? 2 : 0, blue = 2 - red;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    std::uint8_t* pixel = image.pixels.data() + i;
    Hsv color = to_hsv(pixel[red], pixel[1], pixel[blue]);
    color.hue = (color.hue + turn) % 180;
    color.saturation = static_cast<int>(std::min(255.0, color.saturation * saturation));
    const Rgb changed = to_rgb(color);
    pixel[red] = changed.red;
    pixel[1] = changed.green;
    pixel[blue] = changed.blue;
  }
  return image;
}

}  // namespace fliqe::inline FLIQE_ABI::detail
