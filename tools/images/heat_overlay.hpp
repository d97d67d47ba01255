// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/image/image_view.hpp>
#include <fliqe/quality/color.hpp>
#include <fliqe/quality/heat_map.hpp>

namespace fliqe::tools {

/// The picture under the map's colours, with a legend below it; of a class, what speaks for it has
/// the colour of bad places. @return rgb8
/// @param cause  why the quality of the whole picture is low, to be said in the legend; may be
/// empty
Image heat_overlay(const ImageView& image, const HeatMap& map, ColorRamp ramp,
                   const std::string& cause);

}  // namespace fliqe::tools
