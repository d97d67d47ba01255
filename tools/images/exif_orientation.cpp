// SPDX-License-Identifier: MIT
#include "images/exif_orientation.hpp"

#include <algorithm>
#include <cstdint>
#include <fliqe/image/exif.hpp>
#include <utility>

namespace fliqe::tools {

int exif_orientation(std::span<const std::byte> app1) noexcept {
  constexpr std::uint16_t orientation = 0x0112;
  const std::uint32_t value = detail::ExifDirectory(app1).number(orientation);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1) return image;
  const bool swap_axes = orientation >= 5;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  // In terms of the stored picture: which of its pixels goes to (x, y) of the upright one.
  Image turned{image.width, image.height, image.format,
               std::vector<std::uint8_t>(image.pixels.size())};
  if (swap_axes) std::swap(turned.width, turned.height);
  const int channels = channel_count(image.format);
  std::uint8_t* out = turned.pixels.data();
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      int from_x = swap_axes ? y : x, from_y = swap_axes ? x : y;
      if (mirror_x) from_x = image.width - 1 - from_x;
      if (mirror_y) from_y = image.height - 1 - from_y;
      const std::uint8_t* pixel =
          image.view().row(from_y) + static_cast<std::ptrdiff_t>(from_x) * channels;
      out = std::copy_n(pixel, channels, out);
    }
  }
  return turned;
}

}  // namespace fliqe::tools
