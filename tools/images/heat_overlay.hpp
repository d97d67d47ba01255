// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/image/image_view.hpp>
#include <fliqe/quality/color.hpp>
#include <fliqe/quality/heat_map.hpp>

namespace fliqe::tools {

/// The picture under the map's colours, with a legend below it. @return rgb8
Image heat_overlay(const ImageView& image, const HeatMap& map, ColorRamp ramp);

}  // namespace fliqe::tools
