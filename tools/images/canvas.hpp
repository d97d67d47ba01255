// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <fliqe/image/image_view.hpp>
#include <fliqe/quality/color.hpp>
#include <string>

namespace fliqe::tools {

/// Red, green, blue.
using Color = std::array<std::uint8_t, 3>;

inline constexpr Color black{0, 0, 0}, white{255, 255, 255};

/// The ramp's colour for a score.
inline Color ramp_color(double score, ColorRamp ramp) {
  const Bgr color = get_color(score, ramp);
  return {color.red, color.green, color.blue};
}

/// Fills a rectangle of an rgb8 picture, as far as it lies inside.
void fill_rectangle(Image& image, int x, int y, int width, int height, const Color& color);

/// Mixes a colour into a rectangle of an rgb8 picture: 0 leaves it, 1 covers it.
void tint_rectangle(Image& image, int x, int y, int width, int height, const Color& color,
                    double opacity);

/// Copies an rgb8 or gray8 picture into an rgb8 picture, as far as it lies inside.
void paste(Image& image, const Image& part, int x, int y);

/// Letters are `scale` times about 6 pixels wide and 12 high; characters beyond ASCII are left out.
void draw_text(Image& image, int x, int y, const std::string& text, const Color& color,
               int scale = 1);
int text_width(const std::string& text, int scale = 1);
inline constexpr int text_height = 12;

/// Any picture as rgb8.
Image in_rgb(const ImageView& image);

/// A picture of one colour.
Image blank_image(int width, int height, const Color& color);

}  // namespace fliqe::tools
