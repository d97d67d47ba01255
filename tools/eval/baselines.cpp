// SPDX-License-Identifier: MIT
#include "eval/baselines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace fliqe::tools {
namespace {

/// What a measure says of some of the pictures.
struct Opinion {
  bool distorted = false;
  double value = 0;
};

std::optional<BaselineMeasure> judged(const std::string& name,
                                      const std::vector<Opinion>& opinions) {
  std::vector<Outcome> outcomes;
  std::size_t distorted = 0;
  for (const Opinion& each : opinions) {
    outcomes.push_back({each.distorted, -each.value});
    distorted += each.distorted ? 1 : 0;
  }
  if (distorted == 0 || distorted == opinions.size()) return std::nullopt;
  const double auc = roc_auc(roc_curve(outcomes));
  return BaselineMeasure{name, opinions.size(), std::max(auc, 1 - auc), auc >= 0.5};
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

BaselineTable::BaselineTable(const std::string& path) : path_(path), csv_(read_csv(path)) {
  const std::set<std::string> others{"file",    "label", "group",    "distorted",
                                     "quality", "logit", "sharpness"};
  csv_.column("file");
  for (std::size_t column = 0; column < csv_.header.size(); ++column) {
    if (others.contains(csv_.header[column])) continue;
    const auto has_number = [column](const auto& row) {
      return number_in(row[column]).has_value();
    };
    if (std::ranges::any_of(csv_.rows, has_number)) measures_.push_back(column);
  }
  if (measures_.empty()) refuse("");
}

std::vector<BaselineMeasure> BaselineTable::judge(
    const std::vector<ScoredPicture>& pictures) const {
  std::map<std::pair<std::string, std::string>, bool> truth;
  for (const ScoredPicture& each : pictures) {
    truth[{each.path, csv_.has("label") ? each.label : ""}] = each.distorted();
  }
  std::vector<BaselineMeasure> baselines;
  for (const std::size_t column : measures_) {
    const auto opinions = opinions_in(csv_, column, truth);
    if (!opinions) continue;
    if (auto baseline = judged(csv_.header[column], *opinions))
      baselines.push_back(std::move(*baseline));
  }
  if (baselines.empty()) refuse(" for the pictures that are evaluated, clean and distorted ones");
  return baselines;
}

void BaselineTable::refuse(const char* which) const {
  throw Error(ErrorCode::corrupt_file,
              path_ + ": expected a column of numbers" + which + ", found none");
}

std::vector<BaselineMeasure> baseline_measures(const std::vector<ScoredPicture>& pictures,
                                               const std::optional<BaselineTable>& table) {
  std::vector<Opinion> sharpness;
  sharpness.reserve(pictures.size());
  for (const ScoredPicture& each : pictures) {
    sharpness.push_back({each.distorted(), each.sharpness});
  }
  std::vector<BaselineMeasure> baselines;
  if (auto baseline = judged("sharpness", sharpness)) baselines.push_back(std::move(*baseline));
  if (table) std::ranges::move(table->judge(pictures), std::back_inserter(baselines));
  return baselines;
}

}  // namespace fliqe::tools
