// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

struct CellWindow {
  int column = 0, row = 0;
};

inline void require_heat_map(const ImageView& image, const InputSpec& input,
                             const HeatMapOptions& options) {
  require_pixels(image);
  const auto check = [](const char* name, int value, int high) {
    if (value >= 1 && value <= high) return;
    detail::raise(ErrorCode::invalid_argument,
                  {"heat map: expected 1 to ", high, " ", name, ", found ", value});
  };
  check("columns", options.columns, std::min(64, input.width));
  check("rows", options.rows, std::min(64, input.height));
  check("cells in a window", options.window, std::min(options.columns, options.rows));
}

/// Every place that a window has.
inline std::vector<CellWindow> windows_of(const HeatMapOptions& options) {
  std::vector<CellWindow> windows;
  for (int row = 0; row + options.window <= options.rows; ++row) {
    for (int column = 0; column + options.window <= options.columns; ++column) {
      windows.push_back({column, row});
    }
  }
  return windows;
}

/// A rectangle of pixels.
struct PixelWindow {
  int left = 0, top = 0, width = 0, height = 0;

  bool contains(int x, int y) const noexcept {
    return x >= left && x < left + width && y >= top && y < top + height;
  }
};

/// Of a picture as the network sees it.
inline PixelWindow pixels_of(const HeatMapOptions& options, const InputSpec& input,
                             const CellWindow& window) {
  const auto column = [&](int cell) { return cell * input.width / options.columns; };
  const auto row = [&](int cell) { return cell * input.height / options.rows; };
  const int left = column(window.column), top = row(window.row);
  return {left, top, column(window.column + options.window) - left,
          row(window.row + options.window) - top};
}

/// The place that mirroring at both ends of [begin, begin + size) finds for any other.
inline int mirrored_into(int place, int begin, int size) {
  const int period = 2 * size;
  const int offset = ((place - begin) % period + period) % period;
  return begin + (offset < size ? offset : period - 1 - offset);
}

/// A picture of the window alone, repeated in mirror images.
inline void repeat_window(const Image& image, const PixelWindow& window, Image& out) {
  const int channels = channel_count(image.format);
  std::uint8_t* to = out.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* row = image.view().row(mirrored_into(y, window.top, window.height));
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* from = row + mirrored_into(x, window.left, window.width) * channels;
      to = std::copy_n(from, channels, to);
    }
  }
}

using Pixel = std::array<std::uint8_t, 4>;

/// The mean of each channel, rounded.
inline Pixel mean_pixel(const Image& image) {
  const int channels = channel_count(image.format);
  std::array<std::uint64_t, 4> sums{};
  const std::size_t count = image.pixels.size() / static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    sums[i % static_cast<std::size_t>(channels)] += image.pixels[i];
  }
  Pixel mean{};
  for (std::size_t c = 0; c < 4; ++c) {
    mean[c] = static_cast<std::uint8_t>((sums[c] + count / 2) / count);
  }
  return mean;
}

/// The picture with the window in one colour.
inline void cover_window(const Image& image, const PixelWindow& window, const Pixel& color,
                         Image& out) {
  const int channels = channel_count(image.format);
  std::ranges::copy(image.pixels, out.pixels.begin());
  std::uint8_t* pixel = out.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x, pixel += channels) {
      if (window.contains(x, y)) std::copy_n(color.begin(), channels, pixel);
    }
  }
}

/// The mean over the windows that a cell lies in.
inline std::vector<double> values_of_cells(const HeatMapOptions& options,
                                           const std::vector<CellWindow>& windows,
                                           const std::vector<double>& values) {
  const auto cells = static_cast<std::size_t>(options.columns * options.rows);
  std::vector<double> sums(cells), counts(cells);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (int y = 0; y < options.window; ++y) {
      for (int x = 0; x < options.window; ++x) {
        const int cell = (windows[i].row + y) * options.columns + windows[i].column + x;
        sums[static_cast<std::size_t>(cell)] += values[i];
        counts[static_cast<std::size_t>(cell)] += 1;
      }
    }
  }
  for (std::size_t i = 0; i < cells; ++i) sums[i] /= counts[i];
  return sums;
}

}  // namespace fliqe::inline FLIQE_ABI::detail
