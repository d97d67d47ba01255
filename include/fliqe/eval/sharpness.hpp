// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/mirror.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

/// Grey levels by ITU-R BT.601, unrounded.
inline std::vector<double> luma(const ImageView& image) {
  const auto channels = static_cast<std::size_t>(channel_count(image.format));
  const bool blue_first = image.format == PixelFormat::bgr8 || image.format == PixelFormat::bgra8;
  std::vector<double> levels;
  levels.reserve(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* pixel = image.row(y);
    for (int x = 0; x < image.width; ++x, pixel += channels) {
      levels.push_back(channels < 3 ? pixel[0]
                                    : 0.299 * pixel[blue_first ? 2 : 0] + 0.587 * pixel[1] +
                                          0.114 * pixel[blue_first ? 0 : 2]);
    }
  }
  return levels;
}

}  // namespace detail

/// The variance of the Laplacian, the classic measure of focus (Pech-Pacheco et al., "Diatom
/// autofocusing in brightfield microscopy", 2000): a simple rival to compare the network with.
/// In squared grey levels; noise raises it.
inline double laplacian_variance(const ImageView& image) {
  const std::vector<double> level = detail::luma(image);
  const auto row = [&](int y) {
    return level.data() +
           static_cast<std::ptrdiff_t>(detail::mirrored(y, image.height)) * image.width;
  };
  double sum = 0, squares = 0;
  for (int y = 0; y < image.height; ++y) {
    const double *above = row(y - 1), *here = row(y), *below = row(y + 1);
    for (int x = 0; x < image.width; ++x) {
      const int left = x > 0 ? x - 1 : detail::mirrored(-1, image.width);
      const int right = x + 1 < image.width ? x + 1 : detail::mirrored(image.width, image.width);
      const double edge = here[left] + here[right] + above[x] + below[x] - 4 * here[x];
      sum += edge;
      squares += edge * edge;
    }
  }
  const auto count = static_cast<double>(level.size());
  return count == 0 ? 0 : squares / count - (sum / count) * (sum / count);
}

}  // namespace fliqe::inline FLIQE_ABI
