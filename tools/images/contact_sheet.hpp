// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/image/image_view.hpp>
#include <string>
#include <vector>

#include "images/canvas.hpp"

namespace fliqe::tools {

/// A picture with a line of text above it.
struct LabelledImage {
  Image image;
  std::string label;
  Color color = white;  ///< of the label
};

/// The pictures side by side, `columns` in a row. @return rgb8
Image contact_sheet(const std::vector<LabelledImage>& images, int columns);

}  // namespace fliqe::tools
