// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>
#include <fliqe/version.hpp>
#include <utility>

#include "eval/ladders.hpp"
#include "report/html.hpp"
#include "report/svg_chart.hpp"

namespace fliqe::tools {
namespace {

constexpr std::array shapes{std::pair(LadderShape::falls, "falls"),
                            std::pair(LadderShape::flat, "flat"),
                            std::pair(LadderShape::rises, "rises")};

std::string percent(double share) {
  return fixed(100 * share, 1) + " %";
}

std::string summary(const LadderReport& r) {
  return std::to_string(r.pictures.size()) + " pictures, " + std::to_string(r.ladders()) +
         " ladders: quality falls on " + percent(r.share(LadderShape::falls)) + ", is flat on " +
         percent(r.share(LadderShape::flat)) + ", rises somewhere on " +
         percent(r.share(LadderShape::rises)) + " (tolerance " + digits9(r.tolerance) + ")";
}

std::string means_in_words(const FaultLadders& ladders) {
  std::string text;
  const std::vector<double> means = ladders.mean_qualities();
  for (std::size_t i = 0; i < means.size(); ++i) {
    text += "  " + digits9(ladders.fault.strengths[i]) + ": " + fixed(means[i], 2);
  }
  return text;
}

/// The mean in bold over the ladders of the first pictures.
std::string drawing(const FaultLadders& ladders) {
  constexpr std::size_t most = 40;
  const std::vector<double>& strengths = ladders.fault.strengths;
  const auto [low, high] = std::ranges::minmax(strengths);
  Chart chart{ladders.fault.parameter(), "quality", low, high, 0, 1, {}};
  const auto series = [&](const std::vector<double>& qualities) {
    Series line{"", {}};
    for (std::size_t i = 0; i < strengths.size(); ++i) {
      line.points.emplace_back(strengths[i], qualities[i]);
    }
    return line;
  };
  chart.series.push_back(series(ladders.mean_qualities()));
  chart.series.front().dots = true;
  for (std::size_t i = 0; i < std::min(most, ladders.qualities.size()); ++i) {
    chart.series.push_back(series(ladders.qualities[i]));
    chart.series.back().dashed = chart.series.back().thin = true;
  }
  return html_section(ladders.fault.name(), to_svg(chart));
}

}  // namespace

Json to_json(const LadderReport& r) {
  Json json{{"model", r.model},
            {"arithmetic", r.arithmetic},
            {"pictures", r.pictures.size()},
            {"ladders", r.ladders()},
            {"tolerance", rounded9(r.tolerance)}};
  for (const auto& [shape, name] : shapes) json[name] = rounded9(r.share(shape));
  for (const FaultLadders& each : r.faults) {
    Json& fault = json["faults"][each.fault.name()];
    fault["parameter"] = each.fault.parameter();
    for (const auto& [shape, name] : shapes) fault[name] = rounded9(each.share(shape, r.tolerance));
    const std::vector<double> means = each.mean_qualities();
    for (std::size_t i = 0; i < means.size(); ++i) {
      fault["strength_and_quality"].push_back(
          {rounded9(each.fault.strengths[i]), rounded9(means[i])});
    }
  }
  return json;
}

std::string to_text(const LadderReport& r) {
  std::string text = summary(r) + "\n\n";
  std::array<char, 160> cells{};
  std::snprintf(cells.data(), cells.size(), "%-14s %8s %8s %8s  %-9s %s\n", "fault", "falls",
                "flat", "rises", "parameter", "and mean quality");
  text += cells.data();
  for (const FaultLadders& each : r.faults) {
    const auto share = [&](LadderShape shape) { return 100 * each.share(shape, r.tolerance); };
    std::snprintf(cells.data(), cells.size(), "%-14s %7.1f%% %7.1f%% %7.1f%%  %-8s",
                  each.fault.name().c_str(), share(LadderShape::falls), share(LadderShape::flat),
                  share(LadderShape::rises), each.fault.parameter().c_str());
    text += cells.data() + means_in_words(each) + "\n";
  }
  return text;
}

std::string to_html(const LadderReport& r) {
  std::string html = "<h1>What quality does while faults become stronger</h1>\n<p class=\"soft\">" +
                     summary(r) + ". Weights: " + escaped(r.model) + " (" + escaped(r.arithmetic) +
                     "), fliqe " + version + ".</p>\n";
  std::vector<std::vector<std::string>> rows{{"fault", "falls", "flat", "rises"}};
  for (const FaultLadders& each : r.faults) {
    rows.push_back({each.fault.name()});
    for (const auto& [shape, name] : shapes) {
      rows.back().push_back(percent(each.share(shape, r.tolerance)));
    }
  }
  html += html_section("Share of the pictures", html_table(rows)) + "<div class=\"grid2\">\n";
  for (const FaultLadders& each : r.faults) html += drawing(each);
  return html_page("fliqe eval --ladders", html + "</div>\n");
}

}  // namespace fliqe::tools
