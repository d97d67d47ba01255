// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fliqe/base/random.hpp>
#include <fliqe/distortion/blur.hpp>
#include <fliqe/distortion/color.hpp>
#include <fliqe/distortion/distortion.hpp>
#include <fliqe/version.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Takes a picture through a JPEG file of a quality from 1 to 100.
using JpegRoundTrip = std::function<Image(const Image& image, int quality)>;

namespace detail {

/// Without gaps between rows and without alpha.
inline Image owned(const ImageView& view) {
  require_pixels(view);
  const int channels = channel_count(view.format), kept = std::min(channels, 3);
  const bool is_bgr = view.format == PixelFormat::bgr8 || view.format == PixelFormat::bgra8;
  Image image{view.width,
              view.height,
              kept == 1 ? PixelFormat::gray8 : (is_bgr ? PixelFormat::bgr8 : PixelFormat::rgb8),
              {}};
  image.pixels.reserve(static_cast<std::size_t>(view.width) *
                       static_cast<std::size_t>(view.height * kept));
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const std::uint8_t* pixel = view.row(y) + x * channels;
      image.pixels.insert(image.pixels.end(), pixel, pixel + kept);
    }
  }
  return image;
}

/// Calls `change(x, y, channel, byte&)` everywhere.
template <class Change>
void for_each_byte(Image& image, const Change& change) {
  const int channels = channel_count(image.format);
  std::uint8_t* byte = image.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < channels; ++c) change(x, y, c, *byte++);
    }
  }
}

/// Pillow's ImageEnhance.Brightness: clamped, and cut off instead of rounded.
inline Image brightened(Image image, double factor) {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const float value = static_cast<float>(factor) * static_cast<float>(i);
    table[i] = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
  }
  for (std::uint8_t& byte : image.pixels) byte = table[byte];
  return image;
}

inline Image as_color(const Image& gray) {
  Image image{gray.width, gray.height, PixelFormat::rgb8, {}};
  image.pixels.reserve(3 * gray.pixels.size());
  for (const std::uint8_t byte : gray.pixels) image.pixels.insert(image.pixels.end(), 3, byte);
  return image;
}

inline Image noisy(Image image, double sigma, bool legacy, Random& random) {
  if (legacy && image.format == PixelFormat::gray8) image = as_color(image);
  for_each_byte(image, [&](int, int, int, std::uint8_t& byte) {
    const double value = byte + sigma * random.normal();
    byte = legacy ? static_cast<std::uint8_t>(static_cast<std::int64_t>(value)) : to_byte(value);
  });
  return image;
}

inline Image ghosted(const Image& image, int offset, double alpha) {
  Image result = image;
  const int channels = channel_count(image.format), width = image.width;
  for_each_byte(result, [&](int x, int y, int c, std::uint8_t& byte) {
    const int from = ((x - offset) % width + width) % width;
    const auto place = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                        static_cast<std::size_t>(from)) *
                       static_cast<std::size_t>(channels);
    byte = to_byte((1 - alpha) * byte + alpha * image.pixels[place + static_cast<std::size_t>(c)]);
  });
  return result;
}

/// OpenCV's INTER_NEAREST.
inline Image resized_nearest(const Image& image, int width, int height) {
  Image result{width, height, image.format, {}};
  const int channels = channel_count(image.format);
  result.pixels.resize(static_cast<std::size_t>(width) *
                       static_cast<std::size_t>(height * channels));
  const auto sources = [](int to, int from) {
    std::vector<int> places;
    for (int i = 0; i < to; ++i) {
      const double place = std::floor(i * (static_cast<double>(from) / to));
      places.push_back(std::min(static_cast<int>(place), from - 1));
    }
    return places;
  };
  const std::vector<int> columns = sources(width, image.width);
  const std::vector<int> rows = sources(height, image.height);
  const ImageView from = image;
  for_each_byte(result, [&](int x, int y, int c, std::uint8_t& byte) {
    byte = from.row(
        rows[static_cast<std::size_t>(y)])[columns[static_cast<std::size_t>(x)] * channels + c];
  });
  return result;
}

inline Image aliased(const Image& image, int factor) {
  const int width = std::max(1, image.width / factor), height = std::max(1, image.height / factor);
  return resized_nearest(resized_nearest(image, width, height), image.width, image.height);
}

/// Half of the length of each row of a disc of `radius`, from the middle row on, as OpenCV's circle
/// draws it (Bresenham).
inline std::vector<int> disc_rows(int radius) {
  std::vector<int> half(static_cast<std::size_t>(radius) + 1, 0);
  int error = 0, dx = radius, dy = 0, plus = 1, minus = 2 * radius - 1;
  while (dx >= dy) {
    auto& near = half[static_cast<std::size_t>(dy)];
    auto& far = half[static_cast<std::size_t>(dx)];
    near = std::max(near, dx);
    far = std::max(far, dy);
    ++dy;
    error += plus;
    plus += 2;
    if (error > 0) {
      error -= minus;
      --dx;
      minus -= 2;
    }
  }
  return half;
}

inline Image glaring(Image image, double radius_share, double strength) {
  const int radius = static_cast<int>(radius_share * image.width);
  const std::vector<int> half = disc_rows(radius);
  const int center_x = image.width / 2, center_y = image.height / 3;
  for_each_byte(image, [&](int x, int y, int, std::uint8_t& byte) {
    const int from_center = std::abs(y - center_y);
    const bool inside = from_center <= radius &&
                        std::abs(x - center_x) <= half[static_cast<std::size_t>(from_center)];
    byte = to_byte(0.8 * byte + (inside ? strength * 255 : 0));
  });
  return image;
}

inline Image obstructed(Image image, int level, double share) {
  const auto first = [share](int size) { return static_cast<int>(size * (1 - share) / 2); };
  const auto last = [share](int size) { return static_cast<int>(size * (1 + share) / 2); };
  for_each_byte(image, [&](int x, int y, int, std::uint8_t& byte) {
    if (x >= first(image.width) && x < last(image.width) && y >= first(image.height) &&
        y < last(image.height)) {
      byte = static_cast<std::uint8_t>(level);
    }
  });
  return image;
}

inline Image cropped(const Image& image, double keep) {
  const int width = std::max(1, static_cast<int>(image.width * keep));
  const int height = std::max(1, static_cast<int>(image.height * keep));
  const ImageView all = image;
  ImageView middle = all;
  middle.width = width;
  middle.height = height;
  middle.data = all.row((image.height - height) / 2) +
                (image.width - width) / 2 * channel_count(image.format);
  return owned(middle);
}

inline Image with_column_noise(Image image, double sigma, double gain, Random& random) {
  std::vector<std::pair<double, double>> columns;
  for (int x = 0; x < image.width; ++x) {
    const double offset = sigma * random.normal();
    columns.emplace_back(1 + gain * random.normal(), offset);
  }
  for_each_byte(image, [&](int x, int, int, std::uint8_t& byte) {
    const auto& [factor, offset] = columns[static_cast<std::size_t>(x)];
    byte = to_byte(factor * byte + offset);
  });
  return image;
}

inline Image with_dead_pixels(Image image, double share, Random& random) {
  const auto channels = static_cast<std::size_t>(channel_count(image.format));
  for (std::size_t i = 0; i < image.pixels.size(); i += channels) {
    if (random.uniform() >= share) continue;
    std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(i), channels,
                static_cast<std::uint8_t>(random.uniform() < 0.5 ? 0 : 255));
  }
  return image;
}

/// Falls with the square of the distance from the middle, to 1 - strength in the corners; or rises
/// from there towards the corners when `strength` is negative.
inline Image vignetted(Image image, double strength) {
  const double middle_x = (image.width - 1) / 2.0, middle_y = (image.height - 1) / 2.0;
  const double corner = std::max(1.0, middle_x * middle_x + middle_y * middle_y);
  for_each_byte(image, [&](int x, int y, int, std::uint8_t& byte) {
    const double dx = x - middle_x, dy = y - middle_y;
    const double outward = (dx * dx + dy * dy) / corner;
    const double lost = strength >= 0 ? strength * outward : -strength * (1 - outward);
    byte = to_byte(byte * (1 - lost));
  });
  return image;
}

inline Image closed_shutter(Image image, double sigma, Random& random) {
  double sum = 0;
  for (const std::uint8_t byte : image.pixels) sum += byte;
  const double mean = sum / static_cast<double>(image.pixels.size());
  double level = mean;
  for_each_byte(image, [&](int, int, int channel, std::uint8_t& byte) {
    if (channel == 0) level = mean + sigma * random.normal();
    byte = to_byte(level);
  });
  return image;
}

}  // namespace detail

/// Spoils a picture. The result keeps the order of the channels, drops alpha, and has the size of
/// the input, but for `crop`.
///
/// Where the Python project says what a distortion is, results are within one grey level of its
/// OpenCV and Pillow calls. The same seed gives the same picture.
/// @param jpeg  what `compression` uses
/// @throws Error `invalid_argument` when the picture is empty, `no_such_capability` for
///         `compression` without `jpeg`
inline Image distort(const ImageView& view, const DistortionSpec& spec, std::uint64_t seed = 0,
                     const JpegRoundTrip& jpeg = {}) {
  Random random(seed);
  Image image = detail::owned(view);
  switch (spec.kind()) {
    case Distortion::clean:
    case Distortion::frame_freeze:
      return image;
    case Distortion::lens_blur:
      return detail::gaussian_blur(image, spec.whole(0));
    case Distortion::motion_blur:
      return detail::motion_blur(image, spec.whole(0), spec.value(1));
    case Distortion::gaussian_noise:
      return detail::noisy(std::move(image), spec.value(0), spec.legacy(), random);
    case Distortion::overexposure:
    case Distortion::underexposure:
    case Distortion::flicker:
      return detail::brightened(std::move(image), spec.value(0));
    case Distortion::compression:
      detail::require(static_cast<bool>(jpeg), ErrorCode::no_such_capability,
                      "Compression: expected a JPEG codec, found none");
      return jpeg(image, spec.whole(0));
    case Distortion::ghosting:
      return detail::ghosted(image, spec.whole(0), spec.value(1));
    case Distortion::aliasing:
      return detail::aliased(image, spec.whole(0));
    case Distortion::blackout:
      return detail::brightened(std::move(image), 0);
    case Distortion::color_distortion:
      return detail::recolored(std::move(image), spec.whole(0), spec.value(1));
    case Distortion::glare:
      return detail::glaring(std::move(image), spec.value(0), spec.value(1));
    case Distortion::obstruction:
      return detail::obstructed(std::move(image), spec.whole(0), spec.value(1));
    case Distortion::crop:
      return detail::cropped(image, spec.value(0));
    case Distortion::column_noise:
      return detail::with_column_noise(std::move(image), spec.value(0), spec.value(1), random);
    case Distortion::dead_pixels:
      return detail::with_dead_pixels(std::move(image), spec.value(0), random);
    case Distortion::vignetting:
      return detail::vignetted(std::move(image), spec.value(0));
    case Distortion::shutter:
      return detail::closed_shutter(std::move(image), spec.value(0), random);
  }
  return image;
}

}  // namespace fliqe::inline FLIQE_ABI
