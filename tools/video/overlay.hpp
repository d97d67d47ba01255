// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/image/image_view.hpp>
#include <fliqe/quality/color.hpp>
#include <string>

namespace fliqe::tools {

/// How scores are drawn on frames.
struct OverlayStyle {
  std::string name = "FLIQE";
  ColorRamp ramp = ColorRamp::red_green;
};

/// Draws name, smoothed quality and raw quality in the ramp's colours on a translucent box in the
/// upper left corner of an rgb8 picture, of a size that goes with the picture's.
void draw_overlay(Image& image, double quality, double smoothed, const OverlayStyle& style);

}  // namespace fliqe::tools
