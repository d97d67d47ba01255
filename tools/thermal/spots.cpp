// SPDX-License-Identifier: MIT
#include "thermal/spots.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

double value_of(std::uint16_t count, const TemperatureScale* scale) {
  return scale != nullptr ? scale->celsius(count) : static_cast<double>(count);
}

void require_inside(const Area& area, const RawFrame& raw, const std::string& name) {
  const bool is_inside = area.width <= raw.width && area.x <= raw.width - area.width &&
                         area.height <= raw.height && area.y <= raw.height - area.height;
  require(is_inside, ErrorCode::invalid_argument,
          {name, ": area '", area.name, "': expected to lie within ", raw.width, "x", raw.height,
           ", found ", area.width, "x", area.height, " at ", area.x, ",", area.y});
}

/// @param sorted  not empty
double percentile_of(const std::vector<double>& sorted, double percent) {
  const double place = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(below);
  if (below + 1 == sorted.size()) return sorted.back();
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

AreaFigures figures_of(const Area& area, const RawFrame& raw, const TemperatureScale* scale,
                       const SpotsRequest& request) {
  AreaFigures figures{.area = area};
  std::vector<double> values;
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) {
      const double value = value_of(raw.row(y)[x], scale);
      if (std::isnan(value)) continue;
      if (values.empty() || value > figures.hottest.value) figures.hottest = {x, y, value};
      if (values.empty() || value < figures.coldest.value) figures.coldest = {x, y, value};
      if (request.isotherm && value >= *request.isotherm) ++figures.above;
      figures.mean += value;
      values.push_back(value);
    }
  }
  figures.values = values.size();
  if (values.empty()) return figures;
  figures.mean /= static_cast<double>(values.size());
  std::ranges::sort(values);
  for (const double percent : request.percentiles) {
    figures.percentiles.push_back(percentile_of(values, percent));
  }
  return figures;
}

}  // namespace

Area area_from_string(const std::string& text) {
  const std::size_t equals = text.find('=');
  Area area;
  char rest = 0;
  const int read = equals == text.npos
                       ? 0
                       : std::sscanf(text.c_str() + equals + 1, "%d,%d,%dx%d%c", &area.x, &area.y,
                                     &area.width, &area.height, &rest);
  require(
      read == 4 && equals > 0 && area.x >= 0 && area.y >= 0 && area.width > 0 && area.height > 0,
      ErrorCode::invalid_argument,
      {"area: expected NAME=X,Y,WIDTHxHEIGHT with a positive size, found '", text, "'"});
  area.name = text.substr(0, equals);
  return area;
}

Spots find_spots(const RawFrame& raw, const TemperatureScale* scale, const SpotsRequest& request,
                 const std::string& name) {
  require(scale != nullptr || !request.isotherm, ErrorCode::invalid_argument,
          {name,
           ": an isotherm needs temperatures, found counts of an unknown unit: give "
           "--kelvin-per-count if they are linear"});
  Spots spots{scale != nullptr, {}};
  const Area whole{"whole", 0, 0, raw.width, raw.height};
  spots.areas.push_back(figures_of(whole, raw, scale, request));
  for (const Area& area : request.areas) {
    require_inside(area, raw, name);
    spots.areas.push_back(figures_of(area, raw, scale, request));
  }
  return spots;
}

Image isotherm_mask(const RawFrame& raw, const TemperatureScale& scale, double celsius) {
  Image mask{raw.width, raw.height, PixelFormat::gray8, {}};
  mask.pixels.reserve(raw.counts.size());
  for (const std::uint16_t count : raw.counts) {
    mask.pixels.push_back(scale.celsius(count) >= celsius ? 255 : 0);  // NaN is not
  }
  return mask;
}

}  // namespace fliqe::tools
