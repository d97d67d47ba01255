// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <fliqe/thermal/radiometry.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A named rectangle of a picture, in pixels.
struct Area {
  std::string name;
  int x = 0, y = 0, width = 0, height = 0;

  bool operator==(const Area&) const = default;
};

/// "NAME=X,Y,WIDTHxHEIGHT". @throws Error `invalid_argument`
Area area_from_string(const std::string& text);

struct SpotsRequest {
  std::vector<Area> areas{};
  std::vector<double> percentiles{5, 50, 95};  ///< 0 to 100
  std::optional<double> isotherm{};  ///< degrees Celsius: pixels of at least so much count
};

struct Spot {
  int x = 0, y = 0;  ///< the first of equals, row by row
  double value = 0;
};

/// What lies in an area. Pixels without a temperature are left out.
struct AreaFigures {
  Area area;
  std::size_t values = 0;  ///< pixels that have one; without any, the rest means nothing
  Spot hottest{}, coldest{};
  double mean = 0;
  std::vector<double> percentiles{};  ///< interpolated, as NumPy does
  std::size_t above = 0;              ///< pixels on or above the isotherm
};

/// Figures of the whole picture, then of each area.
struct Spots {
  bool in_celsius = false;  ///< else values are counts
  std::vector<AreaFigures> areas;
};

/// @param scale  null: values are counts
/// @param name   stands for the file in messages
/// @throws Error `invalid_argument` when an area reaches beyond the picture, or an isotherm is
///         asked for where no temperatures are known
Spots find_spots(const RawFrame& raw, const TemperatureScale* scale, const SpotsRequest& request,
                 const std::string& name);

/// Grey, 255 for pixels of at least `celsius`, 0 for the rest.
Image isotherm_mask(const RawFrame& raw, const TemperatureScale& scale, double celsius);

}  // namespace fliqe::tools
