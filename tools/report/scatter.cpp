// SPDX-License-Identifier: MIT
#include "report/scatter.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>

#include "report/html.hpp"

namespace fliqe::tools {
namespace {

constexpr int side = 600, margin = 24, legend_width = 190, row = 20;

/// Of Matplotlib (tab10), which the Python project's notebook uses.
constexpr std::array<std::string_view, 10> tab10{"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                                 "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
                                                 "#bcbd22", "#17becf"};

/// Where points stand in the drawing.
class Frame {
 public:
  explicit Frame(const std::vector<ScatterPoint>& points) {
    for (std::size_t axis = 0; axis < 2; ++axis) {
      low_[axis] = high_[axis] = points.front().place[axis];
      for (const ScatterPoint& point : points) {
        low_[axis] = std::min(low_[axis], point.place[axis]);
        high_[axis] = std::max(high_[axis], point.place[axis]);
      }
    }
  }

  double x(const ScatterPoint& point) const { return margin + part(point, 0) * side; }
  double y(const ScatterPoint& point) const { return margin + (1 - part(point, 1)) * side; }

 private:
  double part(const ScatterPoint& point, std::size_t axis) const {
    const double range = std::max(high_[axis] - low_[axis], 1e-12);
    return (point.place[axis] - low_[axis]) / range;
  }

  std::array<double, 2> low_{}, high_{};
};

/// A dot, a square from the eleventh label on: colors come again, shapes do not.
std::string mark(double x, double y, std::size_t label, const std::string& title) {
  std::array<char, 200> text{};
  const std::string_view color = tab10[label % tab10.size()];
  if (label < tab10.size()) {
    std::snprintf(text.data(), text.size(),
                  "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%.7s\">", x, y, color.data());
  } else {
    std::snprintf(text.data(), text.size(),
                  "<rect x=\"%.1f\" y=\"%.1f\" width=\"6\" height=\"6\" fill=\"%.7s\">", x - 3,
                  y - 3, color.data());
  }
  return std::string(text.data()) + "<title>" + escaped(title) + "</title>" +
         (label < tab10.size() ? "</circle>" : "</rect>");
}

}  // namespace

std::string scatter_svg(const std::vector<ScatterPoint>& points, const std::string& title) {
  std::map<std::string, std::size_t> labels;
  for (const ScatterPoint& point : points) labels.emplace(point.label, 0);
  std::size_t next = 0;
  for (auto& [name, number] : labels) number = next++;
  const int width = side + 2 * margin + legend_width;
  const int height = std::max(side + 2 * margin, 3 * margin + row * static_cast<int>(next));
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
                    std::to_string(width) + " " + std::to_string(height) +
                    "\" font-family=\"sans-serif\" font-size=\"13\">\n<style>:root{color-scheme:"
                    "light dark}text{fill:CanvasText}.paper{fill:Canvas}</style>\n<rect "
                    "class=\"paper\" width=\"100%\" height=\"100%\"/>\n<title>" +
                    escaped(title) + "</title>\n<g fill-opacity=\"0.6\">\n";
  const Frame frame(points);
  for (const ScatterPoint& point : points) {
    svg += mark(frame.x(point), frame.y(point), labels[point.label], point.title) + "\n";
  }
  svg += "</g>\n";
  const double legend = side + 2 * margin + 6;
  for (const auto& [name, number] : labels) {
    const double y = margin + row * static_cast<double>(number);
    svg += mark(legend, y, number, name) + "<text x=\"" + std::to_string(legend + 12) + "\" y=\"" +
           std::to_string(y + 4) + "\">" + escaped(name) + "</text>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace fliqe::tools
