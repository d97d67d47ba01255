// SPDX-License-Identifier: MIT
#include "train/feature_table.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "support/csv.hpp"
#include "support/json.hpp"

namespace fliqe::tools {
namespace {

float feature_from(const std::string& text, const std::string& name) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  detail::require(error == std::errc() && end == text.data() + text.size() && std::isfinite(value),
                  ErrorCode::corrupt_file, name + ": expected a number, found '" + text + "'");
  return value;
}

}  // namespace

FeatureTable FeatureTable::of_pictures(const PictureSet& set, const Scorer& scorer,
                                       const std::function<void(std::size_t)>& seen) {
  FeatureTable table;
  set.for_each([&](const KnownPicture& picture) {
    const auto embedding = scorer.embedding(picture.image);
    table.rows.push_back({picture.path, picture.label, picture.source,
                          std::vector<float>(embedding.begin(), embedding.end())});
    seen(table.rows.size());
  });
  return table;
}

FeatureTable FeatureTable::read(const std::string& path) {
  const CsvTable csv = read_csv(path);
  std::vector<std::size_t> places;
  while (csv.has("e" + std::to_string(places.size()))) {
    places.push_back(csv.column("e" + std::to_string(places.size())));
  }
  detail::require(!places.empty(), ErrorCode::corrupt_file,
                  path + ": expected columns e0, e1, ... as fliqe embed writes them");
  const std::size_t file = csv.column("file"), label = csv.column("label");
  const std::size_t group = csv.column("group");
  FeatureTable table;
  for (const auto& row : csv.rows) {
    FeatureRow& made = table.rows.emplace_back(FeatureRow{row[file], row[label], row[group], {}});
    for (const std::size_t place : places) made.values.push_back(feature_from(row[place], path));
  }
  return table;
}

std::string FeatureTable::to_csv() const {
  std::string csv = "file,label,group";
  const std::size_t width = rows.empty() ? 0 : rows.front().values.size();
  for (std::size_t i = 0; i < width; ++i) csv += ",e" + std::to_string(i);
  csv += "\r\n";
  for (const FeatureRow& row : rows) {
    csv += csv_field(row.path) + "," + csv_field(row.label) + "," + csv_field(row.source);
    for (const float value : row.values) csv += "," + digits9(static_cast<double>(value));
    csv += "\r\n";
  }
  return csv;
}

Split split_rows(const FeatureTable& table, const std::string& by, double part,
                 std::uint64_t seed) {
  const auto unit_of = [&](const FeatureRow& row) -> const std::string& {
    return by == "group" ? row.source : row.path;
  };
  std::set<std::string> all;
  for (const FeatureRow& row : table.rows) all.insert(unit_of(row));
  detail::require(all.size() > 1, ErrorCode::invalid_argument,
                  by == "group" ? "training: all pictures are of one folder or group, so that none "
                                  "can be kept for validation; give more, or --split picture"
                                : "training: expected more than one picture");
  std::vector<std::string> units(all.begin(), all.end());
  Random random(seed);
  for (std::size_t i = units.size(); i > 1; --i) std::swap(units[i - 1], units[random.below(i)]);
  const auto wanted = static_cast<std::size_t>(part * static_cast<double>(units.size()) + 0.5);
  const std::size_t kept = std::clamp<std::size_t>(wanted, 1, units.size() - 1);
  const std::set<std::string> validation(units.begin(),
                                         units.begin() + static_cast<std::ptrdiff_t>(kept));
  Split split;
  for (const FeatureRow& row : table.rows) {
    (validation.contains(unit_of(row)) ? split.validation : split.training).push_back(&row);
  }
  return split;
}

train::Examples to_examples(const std::vector<const FeatureRow*>& rows,
                            const std::function<bool(const std::string&)>& is_positive) {
  train::Examples examples;
  const auto count = static_cast<Eigen::Index>(rows.size());
  const auto width = count == 0 ? 0 : static_cast<Eigen::Index>(rows.front()->values.size());
  examples.features.resize(count, width);
  examples.truth.resize(count, 1);
  for (Eigen::Index i = 0; i < count; ++i) {
    const FeatureRow& row = *rows[static_cast<std::size_t>(i)];
    examples.features.row(i) = Eigen::Map<const train::Row<float>>(row.values.data(), width);
    examples.truth(i, 0) = is_positive(row.label) ? 1.0f : 0.0f;
  }
  train::balance(examples);
  return examples;
}

}  // namespace fliqe::tools
