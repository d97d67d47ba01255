// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/mirror.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

inline constexpr int clahe_tiles = 8;  ///< in each direction

using GrayTable = std::array<std::uint8_t, 256>;

/// Equalises one tile; bins above the limit are cut off and what is cut is shared out.
inline GrayTable clahe_table(std::array<int, 256> bins, int pixels, double clip_limit) {
  if (clip_limit > 0) {
    const int limit = std::max(1, static_cast<int>(clip_limit * pixels / 256));
    int clipped = 0;
    for (int& bin : bins) {
      clipped += std::max(0, bin - limit);
      bin = std::min(bin, limit);
    }
    for (int& bin : bins) bin += clipped / 256;
    const int rest = clipped % 256;
    if (rest > 0) {
      const auto step = static_cast<std::size_t>(std::max(256 / rest, 1));
      int left = rest;
      for (std::size_t i = 0; i < bins.size() && left > 0; i += step, --left) ++bins[i];
    }
  }
  GrayTable table{};
  int sum = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    sum += bins[i];
    const float level = static_cast<float>(sum) * (255.0f / static_cast<float>(pixels));
    table[i] = static_cast<std::uint8_t>(std::clamp(std::lrint(level), 0l, 255l));
  }
  return table;
}

/// Contrast-limited adaptive histogram equalisation of a gray8 picture in 8 x 8 tiles (Zuiderveld,
/// Graphics Gems IV, 1994), as OpenCV's createCLAHE does it: a picture that does not divide by 8
/// is mirrored at its right and lower border. @param clip_limit  0: none
inline Image equalized(const Image& image, double clip_limit) {
  // As in OpenCV, a side that divides is mirrored, too, if the other does not.
  const bool divides = image.width % clahe_tiles == 0 && image.height % clahe_tiles == 0;
  const auto tile_size = [&](int size) {
    return divides ? size / clahe_tiles : size / clahe_tiles + 1;
  };
  const int tile_width = tile_size(image.width), tile_height = tile_size(image.height);
  std::vector<GrayTable> tables;
  for (int row = 0; row < clahe_tiles; ++row) {
    for (int column = 0; column < clahe_tiles; ++column) {
      std::array<int, 256> bins{};
      for (int y = row * tile_height; y < (row + 1) * tile_height; ++y) {
        const std::uint8_t* pixels = image.view().row(mirrored(y, image.height));
        for (int x = column * tile_width; x < (column + 1) * tile_width; ++x) {
          ++bins[pixels[mirrored(x, image.width)]];
        }
      }
      tables.push_back(clahe_table(bins, tile_width * tile_height, clip_limit));
    }
  }

  // Each pixel lies between the centres of four tiles.
  struct Between {
    int before, after;
    float part;
  };
  const auto place = [](int i, int size) {
    const float center = static_cast<float>(i) / static_cast<float>(size) - 0.5f;
    const auto before = static_cast<int>(std::floor(center));
    return Between{std::max(before, 0), std::min(before + 1, clahe_tiles - 1),
                   center - static_cast<float>(before)};
  };
  Image result = image;
  for (int y = 0; y < image.height; ++y) {
    const Between rows = place(y, tile_height);
    for (int x = 0; x < image.width; ++x) {
      const Between columns = place(x, tile_width);
      auto& pixel =
          result.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                        static_cast<std::size_t>(x)];
      const auto level = [&](int row, int column) {
        return static_cast<float>(
            tables[static_cast<std::size_t>(row * clahe_tiles + column)][pixel]);
      };
      const float above = level(rows.before, columns.before) * (1 - columns.part) +
                          level(rows.before, columns.after) * columns.part;
      const float below = level(rows.after, columns.before) * (1 - columns.part) +
                          level(rows.after, columns.after) * columns.part;
      pixel = static_cast<std::uint8_t>(std::lrint(above * (1 - rows.part) + below * rows.part));
    }
  }
  return result;
}

}  // namespace fliqe::inline FLIQE_ABI::detail
