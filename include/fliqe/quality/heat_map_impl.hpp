// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/image/resize.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <fliqe/quality/heat_map_cells.hpp>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

FLIQE_INLINE HeatMap heat_map(const AssessFunction& assess, const InputSpec& input, Isa isa,
                              const ImageView& image, const HeatMapOptions& options) {
  require_heat_map(image, input, options);
  HeatMap map{options, {}, {}};
  assess({&image, 1}, {&map.whole, 1});
  const std::vector<CellWindow> windows = windows_of(options);
  // At the size that the network sees, which it takes as it is.
  const Image small = resize_bilinear(image, input.width, input.height, 1, isa);
  const Pixel cover = mean_pixel(small);
  constexpr std::size_t batch = 16;
  std::vector<Image> copies(std::min(batch, windows.size()), small);
  const std::vector<ImageView> views(copies.begin(), copies.end());
  std::vector<Assessment> assessments(copies.size());
  std::vector<double> values;
  for (std::size_t first = 0; first < windows.size(); first += batch) {
    const std::size_t count = std::min(batch, windows.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const PixelWindow window = pixels_of(options, input, windows[first + i]);
      if (options.kind == HeatMapKind::patches) {
        repeat_window(small, window, copies[i]);
      } else {
        cover_window(small, window, cover, copies[i]);
      }
    }
    assess(std::span(views).first(count), std::span(assessments).first(count));
    for (const Assessment& each : std::span(assessments).first(count)) {
      values.push_back(options.kind == HeatMapKind::patches
                           ? each.quality
                           : static_cast<double>(map.whole.logit) - each.logit);
    }
  }
  map.values = values_of_cells(options, windows, values);
  return map;
}

}  // namespace detail
}  // namespace fliqe::inline FLIQE_ABI
