// SPDX-License-Identifier: MIT
#include "images/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

namespace fliqe::tools {
namespace {

/// stb_easy_font takes text that it may write to, and ASCII only.
std::string plain(const std::string& text) {
  std::string ascii;
  for (const char letter : text) {
    if (letter >= ' ' && letter <= '~') ascii += letter;
  }
  return ascii;
}

/// As stb_easy_font lays it out.
struct Corner {
  float x, y, z;
  unsigned char color[4];
};

}  // namespace

Image blank_image(int width, int height, const Color& color) {
  Image image{width, height, PixelFormat::rgb8, {}};
  image.pixels.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  fill_rectangle(image, 0, 0, width, height, color);
  return image;
}

Image in_rgb(const ImageView& image) {
  Image result{image.width, image.height, PixelFormat::rgb8, {}};
  const int channels = channel_count(image.format);
  const bool blue_first = image.format == PixelFormat::bgr8 || image.format == PixelFormat::bgra8;
  result.pixels.reserve(3 * static_cast<std::size_t>(image.width) *
                        static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* pixel = image.row(y);
    for (int x = 0; x < image.width; ++x, pixel += channels) {
      for (int c = 0; c < 3; ++c) {
        result.pixels.push_back(pixel[channels == 1 ? 0 : blue_first ? 2 - c : c]);
      }
    }
  }
  return result;
}

void fill_rectangle(Image& image, int x, int y, int width, int height, const Color& color) {
  const int left = std::max(0, x), right = std::min(image.width, x + width);
  for (int row = std::max(0, y); row < std::min(image.height, y + height); ++row) {
    for (int column = left; column < right; ++column) {
      const auto pixel =
          3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
               static_cast<std::size_t>(column));
      std::ranges::copy(color, image.pixels.begin() + static_cast<std::ptrdiff_t>(pixel));
    }
  }
}

void tint_rectangle(Image& image, int x, int y, int width, int height, const Color& color,
                    double opacity) {
  const int left = std::max(0, x), right = std::min(image.width, x + width);
  const int cover = static_cast<int>(std::lround(256 * std::clamp(opacity, 0.0, 1.0)));
  for (int row = std::max(0, y); row < std::min(image.height, y + height); ++row) {
    std::uint8_t* pixel =
        image.pixels.data() + 3 * (static_cast<std::ptrdiff_t>(row) * image.width + left);
    for (int column = left; column < right; ++column) {
      for (const std::uint8_t channel : color) {
        *pixel = static_cast<std::uint8_t>((*pixel * (256 - cover) + channel * cover + 128) >> 8);
        ++pixel;
      }
    }
  }
}

void paste(Image& image, const Image& part, int x, int y) {
  const int channels = channel_count(part.format);
  for (int row = 0; row < part.height; ++row) {
    const std::uint8_t* from = part.view().row(row);
    for (int column = 0; column < part.width; ++column, from += channels) {
      const Color color =
          channels == 1 ? Color{from[0], from[0], from[0]} : Color{from[0], from[1], from[2]};
      fill_rectangle(image, x + column, y + row, 1, 1, color);
    }
  }
}

void draw_text(Image& image, int x, int y, const std::string& text, const Color& color, int scale) {
  std::string letters = plain(text);
  constexpr std::size_t bytes_per_letter = 300;  // what stb_easy_font says it needs, and more
  std::vector<Corner> corners(letters.size() * bytes_per_letter / sizeof(Corner) + 4);
  const int quads = stb_easy_font_print(0, 0, letters.data(), nullptr, corners.data(),
                                        static_cast<int>(corners.size() * sizeof(Corner)));
  for (int i = 0; i < quads; ++i) {
    const Corner& first = corners[static_cast<std::size_t>(4 * i)];
    const Corner& last = corners[static_cast<std::size_t>(4 * i + 2)];
    const auto at = [scale](float place) { return static_cast<int>(place) * scale; };
    fill_rectangle(image, x + at(first.x), y + at(first.y), at(last.x) - at(first.x),
                   at(last.y) - at(first.y), color);
  }
}

int text_width(const std::string& text, int scale) {
  return stb_easy_font_width(plain(text).data()) * scale;
}

}  // namespace fliqe::tools
