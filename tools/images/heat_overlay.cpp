// SPDX-License-Identifier: MIT
#include "images/heat_overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fliqe/image/resize.hpp>
#include <string>

#include "images/canvas.hpp"

namespace fliqe::tools {
namespace {

constexpr double opacity = 0.45;

/// Where the map's values lie between bad (0) and good (1).
struct Scale {
  double bad = 0, good = 1;

  double operator()(double value) const { return (value - bad) / (good - bad); }
};

/// Qualities as they are, probabilities of a class the other way round. Changes of the logit from
/// the largest found, or 1, to its opposite: what hardly matters does not stand out.
Scale scale_of(const HeatMap& map) {
  const bool is_patches = map.options.kind == HeatMapKind::patches;
  if (is_patches) return map.class_name.empty() ? Scale{0, 1} : Scale{1, 0};
  double largest = 1;
  for (const double value : map.values) largest = std::max(largest, std::abs(value));
  return {largest, -largest};
}

Image colored_cells(const HeatMap& map, ColorRamp ramp) {
  const Scale scale = scale_of(map);
  Image cells{map.options.columns, map.options.rows, PixelFormat::rgb8, {}};
  for (const double value : map.values) {
    const Color color = ramp_color(scale(value), ramp);
    cells.pixels.insert(cells.pixels.end(), color.begin(), color.end());
  }
  return cells;
}

std::string short_text(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// What the legend says: above the colours, at their ends, and of the whole picture.
struct Legend {
  std::string title, bad, good, whole;
};

Legend quality_legend(const HeatMap& map, const std::string& cause) {
  const bool is_patches = map.options.kind == HeatMapKind::patches;
  const std::string whole = short_text("whole picture %.3f", map.whole.quality);
  return {is_patches ? "quality of each place, seen alone" : "change of the logit by each place",
          is_patches ? " bad" : " towards bad", is_patches ? " good" : " towards good",
          cause.empty() ? whole : whole + ", " + cause};
}

Legend class_legend(const HeatMap& map) {
  const bool is_patches = map.options.kind == HeatMapKind::patches;
  return {
      (is_patches ? "probability in each place: " : "change of the log-odds: ") + map.class_name,
      is_patches ? "" : " for it", is_patches ? "" : " against it",
      short_text("whole picture %.3f", map.probability)};
}

void draw_legend(Image& image, int top, int scale, const HeatMap& map, ColorRamp ramp,
                 const Legend& legend) {
  const bool is_patches = map.options.kind == HeatMapKind::patches;
  const int margin = 6 * scale, height = text_height * scale, width = image.width - 2 * margin;
  draw_text(image, margin, top + margin, legend.title, white, scale);
  const int bar = top + margin + height;
  for (int x = 0; x < width; ++x) {
    const double place = (x + 0.5) / width;
    fill_rectangle(image, margin + x, bar, 1, height, ramp_color(place, ramp));
  }
  const Scale ends = scale_of(map);
  const char* format = is_patches ? "%.0f" : "%+.1f";
  const int words = bar + height + margin / 2;
  const std::string good = short_text(format, ends.good) + legend.good;
  draw_text(image, margin, words, short_text(format, ends.bad) + legend.bad, white, scale);
  draw_text(image, margin + width - text_width(good, scale), words, good, white, scale);
  draw_text(image, margin, words + height, legend.whole, white, scale);
}

}  // namespace

Image heat_overlay(const ImageView& image, const HeatMap& map, ColorRamp ramp,
                   const std::string& cause) {
  // Small pictures grow until the legend can be read.
  constexpr int least_width = 320;
  const int grow = (least_width + image.width - 1) / image.width;
  const int width = image.width * grow, height = image.height * grow;
  const int scale = std::max(1, width / 400);
  const Image large = in_rgb(resize_bilinear(image, width, height));
  const Image colors = resize_bilinear(colored_cells(map, ramp), width, height);
  const int legend = (4 * text_height + 20) * scale;
  Image result = blank_image(width, height + legend, {24, 24, 24});
  for (std::size_t i = 0; i < large.pixels.size(); ++i) {
    result.pixels[i] = static_cast<std::uint8_t>(
        std::lround((1 - opacity) * large.pixels[i] + opacity * colors.pixels[i]));
  }
  draw_legend(result, height, scale, map, ramp,
              map.class_name.empty() ? quality_legend(map, cause) : class_legend(map));
  return result;
}

}  // namespace fliqe::tools
