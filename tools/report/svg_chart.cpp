// SPDX-License-Identifier: MIT
#include "report/svg_chart.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/html.hpp"

namespace fliqe::tools {
namespace {

constexpr int left = 52, right = 14, top = 12, bottom = 44;
constexpr int colors = 8;  ///< of page_style()

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

/// `format` takes strings, all of them numbers or escaped.
template <class... Texts>
void append(std::string& svg, const Texts&... texts) {
  (svg.append(texts), ...);
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart), width_(chart.width), height_(chart.height) {
    append(svg_, "<svg viewBox=\"0 0 ", std::to_string(width_), " ", std::to_string(height_),
           "\" role=\"img\">");
  }

  std::string draw() {
    if (chart_.band_below) band(*chart_.band_below);
    axes();
    for (std::size_t i = 0; i < chart_.series.size(); ++i) line(chart_.series[i], i);
    svg_ += "</svg>";
    if (chart_.series.size() > 1) legend();
    return std::move(svg_);
  }

 private:
  double x_at(double value) const {
    return left + (value - chart_.x_low) / (chart_.x_high - chart_.x_low) * (width_ - left - right);
  }
  double y_at(double value) const {
    return height_ - bottom -
           (value - chart_.y_low) / (chart_.y_high - chart_.y_low) * (height_ - top - bottom);
  }

  void text(double x, double y, const char* anchor, const std::string& words,
            const std::string& more = "") {
    append(svg_, "<text x=\"", number(x), "\" y=\"", number(y), "\" text-anchor=\"", anchor, "\"",
           more, ">", escaped(words), "</text>");
  }

  void rectangle(const char* look, double x_low, double x_high, double y_low, double y_high) {
    append(svg_, "<rect class=\"", look, "\" x=\"", number(x_at(x_low)), "\" width=\"",
           number(x_at(x_high) - x_at(x_low)), "\" y=\"", number(y_at(y_high)), "\" height=\"",
           number(y_at(y_low) - y_at(y_high)), "\"/>");
  }

  void band(double limit) {
    rectangle("band", chart_.x_low, chart_.x_high, chart_.y_low,
              std::clamp(limit, chart_.y_low, chart_.y_high));
  }

  void bars(const Series& series) {
    const auto& points = series.points;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double end = i + 1 < points.size() ? points[i + 1].first : chart_.x_high;
      rectangle("bar", points[i].first, end, chart_.y_low, points[i].second);
    }
  }

  void axes() {
    constexpr int ticks = 4;
    for (int i = 0; i <= ticks; ++i) {
      const double y = chart_.y_low + (chart_.y_high - chart_.y_low) * i / ticks;
      append(svg_, "<line class=\"grid\" x1=\"", number(left), "\" x2=\"", number(width_ - right),
             "\" y1=\"", number(y_at(y)), "\" y2=\"", number(y_at(y)), "\"/>");
      text(left - 6, y_at(y) + 4, "end", number(y));
      const double x = chart_.x_low + (chart_.x_high - chart_.x_low) * i / ticks;
      text(x_at(x), height_ - bottom + 16, "middle", number(x));
    }
    text((left + width_ - right) / 2.0, height_ - 8, "middle", chart_.x_label);
    text(0, 0, "middle", chart_.y_label,
         " transform=\"translate(12 " + number((top + height_ - bottom) / 2.0) + ") rotate(-90)\"");
  }

  static std::string color_class(std::size_t index) { return "c" + std::to_string(index % colors); }

  void line(const Series& series, std::size_t index) {
    if (series.bars) return bars(series);
    if (!series.cloud) polyline(series, index);
    for (std::size_t i = 0; (series.dots || series.cloud) && i < series.points.size(); ++i) {
      dot(series, i, color_class(index));
    }
  }

  void polyline(const Series& series, std::size_t index) {
    append(svg_, "<polyline class=\"", series.dashed ? "guide" : color_class(index),
           series.thin ? " thin" : "", "\" points=\"");
    for (const auto& [x, y] : series.points) {
      append(svg_, number(x_at(x)), ",", number(y_at(y)), " ");
    }
    svg_ += "\"/>";
  }

  void dot(const Series& series, std::size_t i, const std::string& color) {
    const auto& [x, y] = series.points[i];
    const std::string place = number(x) + ", " + number(y);
    append(svg_, "<circle class=\"", color, "\" r=\"3\" cx=\"", number(x_at(x)), "\" cy=\"",
           number(y_at(y)), "\"><title>",
           i < series.titles.size() ? escaped(series.titles[i]) + ": " + place : place,
           "</title></circle>");
  }

  void legend() {
    svg_ += "<p class=\"legend\">";
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      if (series.name.empty()) continue;
      append(svg_, "<span><i class=\"", series.dashed ? "guide" : color_class(i), "\"></i>",
             escaped(series.name), "</span> ");
    }
    svg_ += "</p>";
  }

  const Chart& chart_;
  int width_, height_;
  std::string svg_;
};

}  // namespace

std::string to_svg(const Chart& chart) {
  return Drawing(chart).draw();
}

std::string bars_to_svg(const std::vector<std::pair<std::string, double>>& bars) {
  constexpr int width = 420, row = 22, names = 130, values = 56;
  std::string svg;
  append(svg, "<svg viewBox=\"0 0 ", std::to_string(width), " ",
         std::to_string(row * static_cast<int>(bars.size()) + 4), "\" role=\"img\">");
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto& [name, value] = bars[i];
    const int y = row * static_cast<int>(i) + 3;
    append(svg, "<text x=\"", number(names - 8), "\" y=\"", number(y + 13),
           "\" text-anchor=\"end\">", escaped(name), "</text><rect class=\"track\" x=\"",
           number(names), "\" y=\"", number(y), "\" height=\"16\" width=\"",
           number(width - names - values), "\"/><rect class=\"bar\" x=\"", number(names), "\" y=\"",
           number(y), "\" height=\"16\" width=\"", number(value * (width - names - values)),
           "\"/><text x=\"", number(width - values + 8), "\" y=\"", number(y + 13), "\">",
           number(100 * value), " %</text>");
  }
  return svg + "</svg>";
}

}  // namespace fliqe::tools
