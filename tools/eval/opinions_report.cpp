// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fliqe/version.hpp>
#include <utility>

#include "eval/opinions.hpp"
#include "report/html.hpp"
#include "report/svg_chart.hpp"

namespace fliqe::tools {
namespace {

using NamedInterval = std::pair<const char*, Interval>;

std::array<NamedInterval, 4> intervals_of(const OpinionReport& report) {
  const OpinionAgreement& agreement = report.agreement;
  return {NamedInterval{"SROCC", agreement.srocc}, NamedInterval{"KROCC", agreement.krocc},
          NamedInterval{"PLCC", agreement.plcc}, NamedInterval{"RMSE", agreement.rmse}};
}

Json to_json(const Interval& interval) {
  return {{"value", finite_or_null(interval.value)},
          {"low", finite_or_null(interval.low)},
          {"high", finite_or_null(interval.high)}};
}

std::string range_of(const Interval& interval) {
  return std::isfinite(interval.low) ? fixed(interval.low, 3) + " to " + fixed(interval.high, 3)
                                     : "–";
}

std::string formula(const LogisticMapping& m) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                "%.5g (1/2 - 1 / (1 + exp(%.5g (q - %.5g)))) %+.5g q %+.5g", m.b1, m.b2, m.b3, m.b4,
                m.b5);
  return text.data();
}

std::string description(const OpinionReport& r) {
  return std::to_string(r.table.pictures.size()) + " pictures of " + r.table.path +
         ", opinion scores in '" + r.table.column + "' (" +
         (r.lower_is_better ? "lower" : "higher") + " is better)";
}

std::string drawn_from(const OpinionReport& r) {
  return "95 % intervals from " + std::to_string(r.bootstrap.resamples) + " draws of " +
         std::to_string(r.units) + (r.draws_groups ? " groups" : " pictures") + ", seed " +
         std::to_string(r.bootstrap.seed);
}

std::string scatter(const OpinionReport& r) {
  const auto& pictures = r.table.pictures;
  const auto [low, high] = std::ranges::minmax(pictures, {}, &RatedPicture::opinion);
  Chart chart{"quality", r.table.column, 0, 1, low.opinion, high.opinion, {}};
  Series points{"a picture", {}};
  points.cloud = true;
  for (const RatedPicture& each : pictures) {
    points.points.emplace_back(each.quality, each.opinion);
    points.titles.push_back(each.path);
  }
  chart.series.push_back(std::move(points));
  if (r.agreement.mapping) {
    const auto [worst, best] = std::ranges::minmax(pictures, {}, &RatedPicture::quality);
    constexpr int steps = 100;
    Series curve{"fitted curve", {}};
    for (int i = 0; i <= steps; ++i) {
      const double quality = worst.quality + (best.quality - worst.quality) * i / steps;
      const double opinion = (*r.agreement.mapping)(quality);
      curve.points.emplace_back(quality, std::clamp(opinion, chart.y_low, chart.y_high));
    }
    chart.series.push_back(std::move(curve));
  }
  chart.width = 640;
  chart.height = 420;
  return html_section("Quality and opinion of each picture", to_svg(chart));
}

std::string groups(const OpinionReport& r) {
  std::vector<std::vector<std::string>> rows{{"group", "SROCC", "95 % interval"}};
  for (const auto& [name, srocc] : r.groups) {
    rows.push_back({name, fixed(srocc.value, 3), range_of(srocc)});
  }
  return html_section("Within groups", html_table(rows));
}

/// The pictures that lie farthest from the curve.
std::string farthest(const OpinionReport& r) {
  constexpr std::size_t most = 10;
  const auto distance = [&](const RatedPicture& each) {
    return std::abs((*r.agreement.mapping)(each.quality) - each.opinion);
  };
  std::vector<RatedPicture> pictures = r.table.pictures;
  const std::size_t count = std::min(most, pictures.size());
  std::ranges::partial_sort(pictures, pictures.begin() + static_cast<std::ptrdiff_t>(count),
                            std::ranges::greater{}, distance);
  std::vector<std::vector<std::string>> rows{{"file", "quality", r.table.column, "curve"}};
  for (std::size_t i = 0; i < count; ++i) {
    const RatedPicture& each = pictures[i];
    rows.push_back({each.path, fixed(each.quality, 3), fixed(each.opinion, 2),
                    fixed((*r.agreement.mapping)(each.quality), 2)});
  }
  return html_section("Farthest from the curve", html_table(rows));
}

}  // namespace

Json to_json(const OpinionReport& r) {
  Json json{{"model", r.model},
            {"arithmetic", r.arithmetic},
            {"table", r.table.path},
            {"column", r.table.column},
            {"better", r.lower_is_better ? "lower" : "higher"},
            {"pictures", r.table.pictures.size()}};
  for (const auto& [name, interval] : intervals_of(r)) {
    std::string key = name;
    for (char& letter : key) letter = static_cast<char>(letter + ('a' - 'A'));
    json[key] = to_json(interval);
  }
  json["mapping"] = nullptr;
  if (const auto& m = r.agreement.mapping) {
    json["mapping"] = {finite_or_null(m->b1), finite_or_null(m->b2), finite_or_null(m->b3),
                       finite_or_null(m->b4), finite_or_null(m->b5)};
  }
  json["bootstrap"] = {{"resamples", r.bootstrap.resamples},
                       {"seed", r.bootstrap.seed},
                       {"units", r.units},
                       {"drawn", r.draws_groups ? "groups" : "pictures"}};
  for (const auto& [name, srocc] : r.groups) json["groups"][name] = {{"srocc", to_json(srocc)}};
  json["warnings"] = r.warnings();
  return json;
}

std::string to_text(const OpinionReport& r) {
  std::string text = description(r) + "\n";
  std::array<char, 256> line{};
  const auto add = [&](const char* name, const Interval& interval) {
    std::snprintf(line.data(), line.size(), "%-18s %9s   %s\n", name,
                  fixed(interval.value, 4).c_str(), range_of(interval).c_str());
    text += line.data();
  };
  for (const auto& [name, interval] : intervals_of(r)) add(name, interval);
  text += drawn_from(r) + "\n";
  if (r.agreement.mapping) {
    text += "PLCC and RMSE after the curve " + formula(*r.agreement.mapping) + "\n";
  }
  if (!r.groups.empty()) text += "\nSROCC within groups\n";
  for (const auto& [name, srocc] : r.groups) add(name.c_str(), srocc);
  for (const std::string& warning : r.warnings()) text += "\nwarning: " + warning + "\n";
  return text;
}

std::string to_html(const OpinionReport& r) {
  std::string html = "<h1>How well quality agrees with people's opinions</h1>\n<p class=\"soft\">" +
                     escaped(description(r)) + ". " + drawn_from(r) +
                     ". Weights: " + escaped(r.model) + " (" + escaped(r.arithmetic) + "), fliqe " +
                     version + ".</p>\n<div class=\"figures\">";
  for (const auto& [name, interval] : intervals_of(r)) {
    html += html_figure(fixed(interval.value, 3), name + (", " + range_of(interval)));
  }
  html += "</div>\n";
  for (const std::string& warning : r.warnings()) html += "<p>" + escaped(warning) + ".</p>\n";
  html += scatter(r);
  if (r.agreement.mapping) {
    html += "<p class=\"soft\">PLCC and RMSE are computed after the fitted curve " +
            escaped(formula(*r.agreement.mapping)) + " of the quality q.</p>\n";
  }
  if (!r.groups.empty()) html += groups(r);
  if (r.agreement.mapping) html += farthest(r);
  return html_page("fliqe eval --opinions", html);
}

}  // namespace fliqe::tools
