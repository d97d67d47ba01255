// SPDX-License-Identifier: MIT
#include "thermal/spots_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "io/csv.hpp"

namespace fliqe::tools {
namespace {

const char* unit_of(const Spots& spots) {
  return spots.in_celsius ? "C" : "counts";
}

std::string percentile_name(double percent) {
  return "p" + digits9(percent);
}

Json spot_json(const Spot& spot) {
  return {{"x", spot.x}, {"y", spot.y}, {"value", rounded9(spot.value)}};
}

Json area_json(const AreaFigures& figures, const SpotsRequest& request) {
  const Area& area = figures.area;
  Json json{{"name", area.name},   {"x", area.x},           {"y", area.y},
            {"width", area.width}, {"height", area.height}, {"values", figures.values}};
  if (figures.values == 0) return json;
  json["hottest"] = spot_json(figures.hottest);
  json["coldest"] = spot_json(figures.coldest);
  json["mean"] = rounded9(figures.mean);
  for (std::size_t i = 0; i < request.percentiles.size(); ++i) {
    json["percentiles"][digits9(request.percentiles[i])] = rounded9(figures.percentiles[i]);
  }
  if (request.isotherm) json["above_isotherm"] = figures.above;
  return json;
}

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

std::string place(const Spot& spot) {
  return number(spot.value) + " at " + std::to_string(spot.x) + "," + std::to_string(spot.y);
}

}  // namespace

Json spots_json(const Spots& spots, const SpotsRequest& request) {
  Json json{{"unit", unit_of(spots)}};
  if (request.isotherm) json["isotherm"] = rounded9(*request.isotherm);
  json["areas"] = Json::array();
  for (const AreaFigures& each : spots.areas) json["areas"].push_back(area_json(each, request));
  return json;
}

std::string spots_csv_header(const SpotsRequest& request) {
  std::vector<std::string> fields{"file",      "area",    "unit",      "x",         "y",
                                  "width",     "height",  "values",    "hottest",   "hottest_x",
                                  "hottest_y", "coldest", "coldest_x", "coldest_y", "mean"};
  for (const double percent : request.percentiles) fields.push_back(percentile_name(percent));
  if (request.isotherm) fields.emplace_back("above_isotherm");
  return csv_row(fields);
}

std::string spots_csv(const std::string& file, const Spots& spots, const SpotsRequest& request) {
  std::string rows;
  const std::size_t columns =
      15 + request.percentiles.size() + static_cast<std::size_t>(request.isotherm.has_value());
  for (const AreaFigures& each : spots.areas) {
    const Area& area = each.area;
    std::vector<std::string> fields{file, area.name, unit_of(spots)};
    for (const int value : {area.x, area.y, area.width, area.height}) {
      fields.push_back(std::to_string(value));
    }
    fields.push_back(std::to_string(each.values));
    if (each.values > 0) {
      for (const Spot& spot : {each.hottest, each.coldest}) {
        fields.push_back(digits9(spot.value));
        fields.push_back(std::to_string(spot.x));
        fields.push_back(std::to_string(spot.y));
      }
      fields.push_back(digits9(each.mean));
      for (const double value : each.percentiles) fields.push_back(digits9(value));
      if (request.isotherm) fields.push_back(std::to_string(each.above));
    }
    fields.resize(columns);
    rows += csv_row(fields);
  }
  return rows;
}

std::string spots_text(const Spots& spots, const SpotsRequest& request) {
  std::size_t longest = 0;
  for (const AreaFigures& each : spots.areas) longest = std::max(longest, each.area.name.size());
  std::string text;
  for (const AreaFigures& each : spots.areas) {
    text += "  " + each.area.name + std::string(longest - each.area.name.size(), ' ');
    if (each.values == 0) {
      text += "  no values\n";
      continue;
    }
    text += "  hottest " + place(each.hottest) + "  coldest " + place(each.coldest) + "  mean " +
            number(each.mean);
    for (std::size_t i = 0; i < request.percentiles.size(); ++i) {
      text += "  " + percentile_name(request.percentiles[i]) + " " + number(each.percentiles[i]);
    }
    text += std::string(" ") + unit_of(spots);
    if (request.isotherm) {
      const double share = 100 * static_cast<double>(each.above) / static_cast<double>(each.values);
      text += "  " + number(share) + " % above " + number(*request.isotherm);
    }
    text += "\n";
  }
  return text;
}

}  // namespace fliqe::tools
