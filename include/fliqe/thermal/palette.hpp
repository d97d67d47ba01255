// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// Colours for grey levels.
enum class Palette { white_hot, black_hot, ironbow, rainbow };

inline constexpr std::array all_palettes{Palette::white_hot, Palette::black_hot, Palette::ironbow,
                                         Palette::rainbow};

constexpr std::string_view to_string(Palette palette) noexcept {
  switch (palette) {
    case Palette::white_hot:
      return "white-hot";
    case Palette::black_hot:
      return "black-hot";
    case Palette::ironbow:
      return "ironbow";
    case Palette::rainbow:
      return "rainbow";
  }
  return "unknown";
}

constexpr std::optional<Palette> palette_from_string(std::string_view name) noexcept {
  for (const Palette palette : all_palettes) {
    if (to_string(palette) == name) return palette;
  }
  return std::nullopt;
}

/// Red, green and blue of all 256 levels.
using PaletteColors = std::array<std::array<std::uint8_t, 3>, 256>;

namespace detail {

using PaletteStop = std::array<double, 3>;

inline constexpr std::array white_hot_stops{PaletteStop{0, 0, 0}, PaletteStop{255, 255, 255}};
inline constexpr std::array black_hot_stops{PaletteStop{255, 255, 255}, PaletteStop{0, 0, 0}};
/// From black by violet, red and orange to white, ever brighter.
inline constexpr std::array ironbow_stops{
    PaletteStop{0, 0, 12},     PaletteStop{40, 0, 110},   PaletteStop{120, 0, 155},
    PaletteStop{185, 20, 140}, PaletteStop{220, 65, 60},  PaletteStop{240, 115, 10},
    PaletteStop{252, 170, 0},  PaletteStop{255, 220, 60}, PaletteStop{255, 255, 230}};
inline constexpr std::array rainbow_stops{PaletteStop{0, 0, 110},   PaletteStop{0, 60, 255},
                                          PaletteStop{0, 200, 220}, PaletteStop{40, 220, 40},
                                          PaletteStop{240, 230, 0}, PaletteStop{255, 110, 0},
                                          PaletteStop{230, 0, 0},   PaletteStop{255, 235, 235}};

constexpr std::span<const PaletteStop> stops_of(Palette palette) noexcept {
  switch (palette) {
    case Palette::black_hot:
      return black_hot_stops;
    case Palette::ironbow:
      return ironbow_stops;
    case Palette::rainbow:
      return rainbow_stops;
    case Palette::white_hot:
      break;
  }
  return white_hot_stops;
}

}  // namespace detail

inline PaletteColors colors_of(Palette palette) {
  const std::span<const detail::PaletteStop> stops = detail::stops_of(palette);
  PaletteColors colors{};
  for (std::size_t level = 0; level < colors.size(); ++level) {
    const double place = static_cast<double>(level) / 255 * static_cast<double>(stops.size() - 1);
    const auto before = std::min(static_cast<std::size_t>(place), stops.size() - 2);
    const double part = place - static_cast<double>(before);
    for (std::size_t c = 0; c < 3; ++c) {
      const double value = (1 - part) * stops[before][c] + part * stops[before + 1][c];
      colors[level][c] = static_cast<std::uint8_t>(std::lrint(value));
    }
  }
  return colors;
}

/// A gray8 picture in colours. @throws Error `invalid_argument` for other formats
inline Image colorize(const Image& image, Palette palette) {
  detail::require(image.format == PixelFormat::gray8, ErrorCode::invalid_argument,
                  "palette: expected a grey picture");
  const PaletteColors colors = colors_of(palette);
  Image result{image.width, image.height, PixelFormat::rgb8, {}};
  result.pixels.reserve(3 * image.pixels.size());
  for (const std::uint8_t level : image.pixels) {
    result.pixels.insert(result.pixels.end(), colors[level].begin(), colors[level].end());
  }
  return result;
}

}  // namespace fliqe::inline FLIQE_ABI
