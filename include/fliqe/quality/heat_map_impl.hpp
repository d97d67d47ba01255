// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <fliqe/image/resize.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <fliqe/quality/heat_map_cells.hpp>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

FLIQE_INLINE HeatMap heat_map(const MeasureFunction& measure, const Measured& whole,
                              const InputSpec& input, Isa isa, const ImageView& image,
                              const HeatMapOptions& options) {
  require_heat_map(image, input, options);
  HeatMap map;
  map.options = options;
  const bool is_patches = options.kind == HeatMapKind::patches;
  const std::vector<CellWindow> windows = windows_of(options);
  // At the size that the network sees, which it takes as it is.
  const Image small = resize_bilinear(image, input.width, input.height, 1, isa);
  const Pixel cover = mean_pixel(small);
  constexpr std::size_t batch = 16;
  std::vector<Image> copies(std::min(batch, windows.size()), small);
  const std::vector<ImageView> views(copies.begin(), copies.end());
  std::vector<Measured> measured(copies.size());
  std::vector<double> values;
  for (std::size_t first = 0; first < windows.size(); first += batch) {
    const std::size_t count = std::min(batch, windows.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const PixelWindow window = pixels_of(options, input, windows[first + i]);
      if (is_patches) {
        repeat_window(small, window, copies[i]);
      } else {
        cover_window(small, window, cover, copies[i]);
      }
    }
    measure(std::span(views).first(count), std::span(measured).first(count));
    for (const Measured& each : std::span(measured).first(count)) {
      values.push_back(is_patches ? each.level : whole.logit - each.logit);
    }
  }
  map.values = values_of_cells(options, windows, values);
  return map;
}

FLIQE_INLINE std::size_t class_index(std::span<const std::string> classes, std::string_view name) {
  const auto place = std::ranges::find(classes, name);
  if (place == classes.end()) {
    std::string all;
    for (const std::string& each : classes) all += (all.empty() ? "" : ", ") + each;
    raise(ErrorCode::invalid_argument,
          {"heat map: expected a class of ", all.empty() ? "a head" : all, ", found '", name, "'"});
  }
  return static_cast<std::size_t>(place - classes.begin());
}

FLIQE_INLINE double logit_of(double probability) {
  const double within = std::clamp(probability, 1e-7, 1 - 1e-7);
  return std::log(within / (1 - within));
}

}  // namespace detail
}  // namespace fliqe::inline FLIQE_ABI
