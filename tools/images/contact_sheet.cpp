// SPDX-License-Identifier: MIT
#include "images/contact_sheet.hpp"

#include <algorithm>

namespace fliqe::tools {

Image contact_sheet(const std::vector<LabelledImage>& images, int columns) {
  int width = 1, height = 1;
  for (const LabelledImage& each : images) {
    width = std::max(width, each.image.width);
    height = std::max(height, each.image.height);
  }
  const int scale = std::max(1, width / 200), gap = 4 * scale;
  const int cell_width = width + gap, cell_height = height + text_height * scale + 2 * gap;
  const int rows = (static_cast<int>(images.size()) + columns - 1) / columns;
  Image sheet = blank_image(columns * cell_width + gap, rows * cell_height + gap, {24, 24, 24});
  for (std::size_t i = 0; i < images.size(); ++i) {
    const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
    const int x = gap + column * cell_width, y = gap + row * cell_height;
    draw_text(sheet, x, y + gap / 2, images[i].label, images[i].color, scale);
    paste(sheet, images[i].image, x, y + text_height * scale + gap);
  }
  return sheet;
}

}  // namespace fliqe::tools
