// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::tools {

/// A line through points.
struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dots = false;    ///< mark the points
  bool dashed = false;  ///< a line to compare with
  bool thin = false;
  bool bars = false;   ///< from the bottom to each point, as wide as from one to the next
  bool cloud = false;  ///< points without a line between them
  std::vector<std::string> titles{};  ///< of points: shown when the pointer rests on one
};

struct Chart {
  std::string x_label, y_label;
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  std::vector<Series> series;
  std::optional<double> band_below{};  ///< what lies below this on the y axis is shaded
  int width = 420, height = 280;
};

/// A drawing for an HTML page with page_style().
std::string to_svg(const Chart& chart);

/// A bar for each name, from 0 to 1, with its value.
std::string bars_to_svg(const std::vector<std::pair<std::string, double>>& bars);

}  // namespace fliqe::tools
