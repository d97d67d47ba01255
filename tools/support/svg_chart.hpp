// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::tools {

/// Text for HTML and SVG.
std::string escaped(std::string_view text);

/// A line through points.
struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dots = false;    ///< mark the points
  bool dashed = false;  ///< a line to compare with
};

struct Chart {
  std::string x_label, y_label;
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  std::vector<Series> series;
};

/// A drawing for an HTML page with chart_style().
std::string to_svg(const Chart& chart);

/// A bar for each name, from 0 to 1, with its value.
std::string bars_to_svg(const std::vector<std::pair<std::string, double>>& bars);

/// CSS that the drawings and the pages around them share; light and dark.
std::string_view chart_style() noexcept;

}  // namespace fliqe::tools
