// SPDX-License-Identifier: MIT
#include "video/overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "images/canvas.hpp"

namespace fliqe::tools {
namespace {

std::string two_digits(const std::string& name, double score) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), " %.2f", score);
  return name + text.data();
}

}  // namespace

void draw_overlay(Image& image, double quality, double smoothed, const OverlayStyle& style) {
  const int scale = std::max(1, image.height / 320), margin = 6 * scale;
  const std::string title = two_digits(style.name, smoothed), raw = two_digits("raw", quality);
  const int title_width = text_width(title, 2 * scale);
  const int bar_y = 2 * margin + 2 * text_height * scale, bar_height = 3 * scale;
  const int raw_y = bar_y + bar_height + margin;
  tint_rectangle(image, margin, margin, title_width + 2 * margin, raw_y + text_height * scale,
                 black, 0.5);
  const int x = 2 * margin;
  const Color color = ramp_color(smoothed, style.ramp);
  draw_text(image, x, 2 * margin, title, color, 2 * scale);
  // The bar's length says the same to who cannot tell the colours apart.
  tint_rectangle(image, x, bar_y, title_width, bar_height, white, 0.25);
  const double part = std::clamp(smoothed, 0.0, 1.0);
  fill_rectangle(image, x, bar_y, static_cast<int>(std::lround(part * title_width)), bar_height,
                 color);
  draw_text(image, x, raw_y, raw, ramp_color(quality, style.ramp), scale);
}

}  // namespace fliqe::tools
