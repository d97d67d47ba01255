// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/mirror.hpp>
#include <fliqe/version.hpp>
#include <numbers>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

inline std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lrint(value), 0l, 255l));
}

/// A weight and where it applies, relative to the pixel.
struct Tap {
  int x = 0, y = 0;
  float weight = 0;
};

/// Correlation with borders mirrored; `taps` are few.
inline Image correlate(const Image& image, const std::vector<Tap>& taps) {
  Image result = image;
  const int channels = channel_count(image.format);
  const auto row_bytes = static_cast<std::size_t>(image.width * channels);
  const auto row_at = [&](int y) {
    return image.pixels.data() + static_cast<std::size_t>(mirrored(y, image.height)) * row_bytes;
  };
  std::vector<float> sums(row_bytes);
  for (int y = 0; y < image.height; ++y) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (const Tap& tap : taps) {
      const std::uint8_t* row = row_at(y + tap.y);
      const auto add = [&](int begin, int end, auto source) {
        for (int x = begin; x < end; ++x) {
          for (int c = 0; c < channels; ++c) {
            sums[static_cast<std::size_t>(x * channels + c)] +=
                tap.weight * static_cast<float>(row[source(x) * channels + c]);
          }
        }
      };
      const int first = std::clamp(-tap.x, 0, image.width);
      const int last = std::clamp(image.width - tap.x, first, image.width);
      const auto outside = [&](int x) { return mirrored(x + tap.x, image.width); };
      add(0, first, outside);
      add(first, last, [&](int x) { return x + tap.x; });
      add(last, image.width, outside);
    }
    for (std::size_t i = 0; i < row_bytes; ++i) {
      result.pixels[static_cast<std::size_t>(y) * row_bytes + i] = to_byte(sums[i]);
    }
  }
  return result;
}

/// Gaussian weights for a kernel of `size`, of the width that OpenCV derives from it
/// (getGaussianKernel with sigma 0). Even sizes count as the next odd one.
inline std::vector<float> gaussian_kernel(int size) {
  const int radius = size / 2;
  const double sigma = 0.3 * (radius - 1) + 0.8;
  std::vector<float> kernel;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    kernel.push_back(static_cast<float>(std::exp(-i * i / (2 * sigma * sigma))));
    sum += static_cast<double>(kernel.back());
  }
  for (float& weight : kernel) weight = static_cast<float>(weight / sum);
  return kernel;
}

inline Image gaussian_blur(const Image& image, int size) {
  const std::vector<float> kernel = gaussian_kernel(size);
  const int radius = static_cast<int>(kernel.size()) / 2;
  const int channels = channel_count(image.format);
  const auto row_bytes = static_cast<std::size_t>(image.width * channels);
  Image result = image;
  // A row of sums over columns, with its ends mirrored.
  std::vector<float> sums(row_bytes + static_cast<std::size_t>(2 * radius * channels));
  float* const inner = sums.data() + radius * channels;
  for (int y = 0; y < image.height; ++y) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int k = -radius; k <= radius; ++k) {
      const std::uint8_t* row = image.view().row(mirrored(y + k, image.height));
      const float weight = kernel[static_cast<std::size_t>(k + radius)];
      for (std::size_t i = 0; i < row_bytes; ++i) inner[i] += weight * static_cast<float>(row[i]);
    }
    for (int x = 1; x <= radius; ++x) {
      const int last = image.width - 1;
      std::copy_n(inner + mirrored(-x, image.width) * channels, channels, inner - x * channels);
      std::copy_n(inner + mirrored(last + x, image.width) * channels, channels,
                  inner + (last + x) * channels);
    }
    std::uint8_t* to = result.pixels.data() + static_cast<std::size_t>(y) * row_bytes;
    for (std::size_t i = 0; i < row_bytes; ++i) {
      float sum = 0;
      const float* from = sums.data() + i;
      for (const float weight : kernel) {
        sum += weight * *from;
        from += channels;
      }
      to[i] = to_byte(sum);
    }
  }
  return result;
}

/// A row of `length` ones, turned by `angle` degrees and divided by `length`, as OpenCV's
/// getRotationMatrix2D and warpAffine turn it: coordinates in 1/1024, then 1/32 of a pixel,
/// bilinear, black outside.
inline std::vector<Tap> motion_kernel(int length, double angle) {
  const double turn = angle * std::numbers::pi / 180, center = length / 2.0;
  // The way back: where each pixel of the kernel comes from.
  const double cosine = std::cos(turn), sine = std::sin(turn);
  const double shift_x = center - (cosine * center - sine * center);
  const double shift_y = center - (sine * center + cosine * center);
  const auto fixed = [](double value) { return static_cast<int>(std::lrint(value * 1024)); };
  const int middle = length / 2;
  std::vector<Tap> taps;
  for (int y = 0; y < length; ++y) {
    for (int x = 0; x < length; ++x) {
      const int from_x = (fixed(-sine * y + shift_x) + 16 + fixed(cosine * x)) >> 5;
      const int from_y = (fixed(cosine * y + shift_y) + 16 + fixed(sine * x)) >> 5;
      double value = 0;
      for (int corner = 0; corner < 4; ++corner) {
        const int cx = (from_x >> 5) + corner % 2, cy = (from_y >> 5) + corner / 2;
        const double fx = (from_x & 31) / 32.0, fy = (from_y & 31) / 32.0;
        const bool is_one = cy == middle && cx >= 0 && cx < length;
        if (is_one) value += (corner % 2 != 0 ? fx : 1 - fx) * (corner / 2 != 0 ? fy : 1 - fy);
      }
      if (value > 0) taps.push_back({x - middle, y - middle, static_cast<float>(value / length)});
    }
  }
  return taps;
}

inline Image motion_blur(const Image& image, int length, double angle) {
  if (length == 1) return image;  // turned about its corner, a single weight would get lost
  return correlate(image, motion_kernel(length, angle));
}

}  // namespace fliqe::inline FLIQE_ABI::detail
