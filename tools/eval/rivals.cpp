// SPDX-License-Identifier: MIT
#include "eval/rivals.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "support/csv.hpp"

namespace fliqe::tools {
namespace {

/// What a measure says of some of the pictures.
struct Opinion {
  bool distorted = false;
  double value = 0;
};

std::optional<RivalMeasure> judged(const std::string& name, const std::vector<Opinion>& opinions) {
  std::vector<Outcome> outcomes;
  std::size_t distorted = 0;
  for (const Opinion& each : opinions) {
    outcomes.push_back({each.distorted, -each.value});
    distorted += each.distorted ? 1 : 0;
  }
  if (distorted == 0 || distorted == opinions.size()) return std::nullopt;
  const double auc = roc_auc(roc_curve(outcomes));
  return RivalMeasure{name, opinions.size(), std::max(auc, 1 - auc), auc >= 0.5};
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// The opinions that a column holds; nothing if one of its fields is no number.
std::optional<std::vector<Opinion>> opinions_in(
    const CsvTable& table, std::size_t column,
    const std::map<std::pair<std::string, std::string>, bool>& truth) {
  const std::size_t file = table.column("file");
  std::vector<Opinion> opinions;
  for (const auto& row : table.rows) {
    const std::string label = table.has("label") ? row[table.column("label")] : "";
    const auto known = truth.find({row[file], label});
    if (known == truth.end()) continue;
    const std::optional<double> value = number_in(row[column]);
    if (!value) return std::nullopt;
    opinions.push_back({known->second, *value});
  }
  return opinions;
}

}  // namespace

std::vector<RivalMeasure> rival_measures(const std::vector<ScoredPicture>& pictures,
                                         const std::string& table) {
  std::vector<RivalMeasure> rivals;
  const auto add = [&](const std::string& name, const std::vector<Opinion>& opinions) {
    if (const auto rival = judged(name, opinions)) rivals.push_back(*rival);
  };
  std::vector<Opinion> sharpness;
  for (const ScoredPicture& each : pictures)
    sharpness.push_back({each.distorted(), each.sharpness});
  add("sharpness", sharpness);
  if (table.empty()) return rivals;

  const CsvTable csv = read_csv(table);
  std::map<std::pair<std::string, std::string>, bool> truth;
  for (const ScoredPicture& each : pictures) {
    truth[{each.path, csv.has("label") ? each.label : ""}] = each.distorted();
  }
  const std::set<std::string> others{"file",    "label", "group",    "distorted",
                                     "quality", "logit", "sharpness"};
  const std::size_t before = rivals.size();
  for (std::size_t column = 0; column < csv.header.size(); ++column) {
    if (others.contains(csv.header[column])) continue;
    if (const auto opinions = opinions_in(csv, column, truth)) add(csv.header[column], *opinions);
  }
  detail::require(rivals.size() > before, ErrorCode::corrupt_file,
                  table +
                      ": expected a column of numbers for the pictures that are evaluated, "
                      "clean and distorted ones, found none");
  return rivals;
}

}  // namespace fliqe::tools
