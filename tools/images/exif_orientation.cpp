// SPDX-License-Identifier: MIT
#include "images/exif_orientation.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace fliqe::tools {
namespace {

constexpr std::string_view exif_magic{"Exif\0\0", 6};
constexpr std::size_t entry_size = 12;
constexpr std::uint32_t orientation_tag = 0x0112;

/// A TIFF structure in either byte order; reads outside of it give 0.
class Tiff {
 public:
  explicit Tiff(std::span<const std::byte> bytes) : bytes_(bytes) {
    big_endian_ = bytes.size() >= 2 && bytes[0] == std::byte{'M'};
  }

  std::uint32_t number(std::size_t at, std::size_t size) const noexcept {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = big_endian_ ? i : size - 1 - i;
      value = value << 8 | static_cast<std::uint32_t>(bytes_[at + from]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> app1) noexcept {
  const bool exif = app1.size() >= exif_magic.size() &&
                    std::memcmp(app1.data(), exif_magic.data(), exif_magic.size()) == 0;
  if (!exif) return 1;
  const Tiff tiff(app1.subspan(exif_magic.size()));
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * entry_size;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    const auto value = static_cast<int>(tiff.number(entry + 8, 2));
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
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
