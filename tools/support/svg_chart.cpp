// SPDX-License-Identifier: MIT
#include "support/svg_chart.hpp"

#include <array>
#include <cstdio>

namespace fliqe::tools {
namespace {

constexpr int width = 420, height = 280, left = 52, right = 14, top = 12, bottom = 44;
constexpr int colors = 8;  ///< of chart_style()

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
  explicit Drawing(const Chart& chart) : chart_(chart) {
    append(svg_, "<svg viewBox=\"0 0 ", std::to_string(width), " ", std::to_string(height),
           "\" role=\"img\">");
  }

  std::string draw() {
    axes();
    for (std::size_t i = 0; i < chart_.series.size(); ++i) line(chart_.series[i], i);
    svg_ += "</svg>";
    if (chart_.series.size() > 1) legend();
    return std::move(svg_);
  }

 private:
  double x_at(double value) const {
    return left + (value - chart_.x_low) / (chart_.x_high - chart_.x_low) * (width - left - right);
  }
  double y_at(double value) const {
    return height - bottom -
           (value - chart_.y_low) / (chart_.y_high - chart_.y_low) * (height - top - bottom);
  }

  void text(double x, double y, const char* anchor, const std::string& words,
            const std::string& more = "") {
    append(svg_, "<text x=\"", number(x), "\" y=\"", number(y), "\" text-anchor=\"", anchor, "\"",
           more, ">", escaped(words), "</text>");
  }

  void axes() {
    constexpr int ticks = 4;
    for (int i = 0; i <= ticks; ++i) {
      const double y = chart_.y_low + (chart_.y_high - chart_.y_low) * i / ticks;
      append(svg_, "<line class=\"grid\" x1=\"", number(left), "\" x2=\"", number(width - right),
             "\" y1=\"", number(y_at(y)), "\" y2=\"", number(y_at(y)), "\"/>");
      text(left - 6, y_at(y) + 4, "end", number(y));
      const double x = chart_.x_low + (chart_.x_high - chart_.x_low) * i / ticks;
      text(x_at(x), height - bottom + 16, "middle", number(x));
    }
    text((left + width - right) / 2.0, height - 8, "middle", chart_.x_label);
    text(0, 0, "middle", chart_.y_label,
         " transform=\"translate(12 " + number((top + height - bottom) / 2.0) + ") rotate(-90)\"");
  }

  static std::string color_class(std::size_t index) { return "c" + std::to_string(index % colors); }

  void line(const Series& series, std::size_t index) {
    append(svg_, "<polyline class=\"", series.dashed ? "guide" : color_class(index),
           "\" points=\"");
    for (const auto& [x, y] : series.points) {
      append(svg_, number(x_at(x)), ",", number(y_at(y)), " ");
    }
    svg_ += "\"/>";
    for (std::size_t i = 0; series.dots && i < series.points.size(); ++i) {
      const auto& [x, y] = series.points[i];
      append(svg_, "<circle class=\"", color_class(index), "\" r=\"3\" cx=\"", number(x_at(x)),
             "\" cy=\"", number(y_at(y)), "\"><title>", number(x), ", ", number(y),
             "</title></circle>");
    }
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
  std::string svg_;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string to_svg(const Chart& chart) {
  return Drawing(chart).draw();
}

std::string bars_to_svg(const std::vector<std::pair<std::string, double>>& bars) {
  constexpr int row = 22, names = 130, values = 56;
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

std::string_view chart_style() noexcept {
  return R"(:root{color-scheme:light dark;--ink:#1c1e21;--soft:#6a7078;--rule:#d9dce0;--paper:#fff;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b58900;--c5:#56b4e9;--c6:#7a5195;--c7:#555}
@media(prefers-color-scheme:dark){:root{--ink:#e8e9eb;--soft:#9aa1a9;--rule:#3a3f45;--paper:#15171a;
--c0:#5cb3ef;--c1:#ff8f4d;--c2:#3fd1a5;--c3:#e7a3c9;--c4:#e2b93b;--c5:#9ad4f5;--c6:#b497d6;--c7:#aaa}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;
margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:2rem;margin:1.5rem 0}
.figures{display:flex;flex-wrap:wrap;gap:1.5rem;margin:1.2rem 0}.figures div{min-width:6rem}
.figures b{display:block;font-size:1.6rem;font-weight:600}.soft,.figures span{color:var(--soft)}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid var(--rule);
text-align:right}td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto}
svg text{font-size:11px;fill:var(--soft)}svg polyline{fill:none;stroke-width:2}
.grid{stroke:var(--rule);stroke-width:1}.guide{stroke:var(--soft);stroke-dasharray:4 4}
.track{fill:var(--rule);opacity:.5}.bar{fill:var(--c0)}.legend{font-size:.85rem;margin:.2rem 0}
.legend i{display:inline-block;width:1.2em;height:.25em;margin:0 .35em .2em 0;background:currentColor}
.legend span{margin-right:.8rem;color:var(--soft)}
.c0{stroke:var(--c0);color:var(--c0)}.c1{stroke:var(--c1);color:var(--c1)}
.c2{stroke:var(--c2);color:var(--c2)}.c3{stroke:var(--c3);color:var(--c3)}
.c4{stroke:var(--c4);color:var(--c4)}.c5{stroke:var(--c5);color:var(--c5)}
.c6{stroke:var(--c6);color:var(--c6)}.c7{stroke:var(--c7);color:var(--c7)}
circle{fill:var(--paper);stroke-width:2}
)";
}

}  // namespace fliqe::tools
