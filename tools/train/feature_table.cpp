// SPDX-License-Identifier: MIT
#include "train/feature_table.hpp"

#include <charconv>
#include <cmath>

#include "app/progress.hpp"
#include "dataset/split.hpp"
#include "io/csv.hpp"
#include "io/json.hpp"
#include "io/npy.hpp"
#include "io/output.hpp"

namespace fliqe::tools {
namespace {

constexpr std::string_view npy_ending = ".npy";

/// The table with the names that belong to a matrix.
std::string names_beside(const std::string& npy) {
  return npy.substr(0, npy.size() - npy_ending.size()) + ".csv";
}

float feature_from(const std::string& text, const std::string& name) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && std::isfinite(value),
          ErrorCode::corrupt_file, name + ": expected a number, found '" + text + "'");
  return value;
}

FeatureTable read_names(const CsvTable& csv) {
  const std::size_t file = csv.column("file"), label = csv.column("label");
  const std::size_t group = csv.column("group");
  FeatureTable table;
  for (const auto& row : csv.rows) table.rows.push_back({row[file], row[label], row[group], {}});
  return table;
}

FeatureTable read_with_matrix(const std::string& path) {
  const NpyMatrix matrix = read_npy(path);
  FeatureTable table = read_names(read_csv(names_beside(path)));
  require(table.rows.size() == matrix.rows, ErrorCode::corrupt_file,
          path + ": expected a row for each of the " + std::to_string(table.rows.size()) +
              " rows of " + names_beside(path) + ", found " + std::to_string(matrix.rows));
  auto next = matrix.values.begin();
  for (FeatureRow& row : table.rows) {
    row.values.assign(next, next + static_cast<std::ptrdiff_t>(matrix.columns));
    next += static_cast<std::ptrdiff_t>(matrix.columns);
    for (const float value : row.values) {
      require(std::isfinite(value), ErrorCode::corrupt_file,
              path + ": expected numbers, found NaN or infinity");
    }
  }
  return table;
}

FeatureTable read_columns(const std::string& path) {
  const CsvTable csv = read_csv(path);
  std::vector<std::size_t> places;
  while (csv.has("e" + std::to_string(places.size()))) {
    places.push_back(csv.column("e" + std::to_string(places.size())));
  }
  require(!places.empty(), ErrorCode::corrupt_file,
          path + ": expected columns e0, e1, ... as fliqe embed writes them");
  FeatureTable table = read_names(csv);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    for (const std::size_t place : places) {
      table.rows[i].values.push_back(feature_from(csv.rows[i][place], path));
    }
  }
  return table;
}

std::string to_csv(const FeatureTable& table, std::size_t columns) {
  std::vector<std::string> header{"file", "label", "group"};
  for (std::size_t i = 0; i < columns; ++i) header.push_back("e" + std::to_string(i));
  std::string csv = csv_row(header);
  for (const FeatureRow& row : table.rows) {
    std::vector<std::string> fields{row.path, row.label, row.source};
    for (std::size_t i = 0; i < columns; ++i) fields.push_back(digits9(row.values[i]));
    csv += csv_row(fields);
  }
  return csv;
}

}  // namespace

FeatureTable FeatureTable::of_pictures(const PictureSet& set, const Scorer& scorer,
                                       FeatureLayer layer) {
  FeatureTable table;
  Progress progress("images", set.count());
  set.for_each([&](const KnownPicture& picture) {
    FeatureRow row{picture.path, picture.label, picture.source, {}};
    if (layer == FeatureLayer::trunk) {
      row.values = scorer.features(picture.image);
    } else {
      const auto embedding = scorer.embedding(picture.image);
      row.values.assign(embedding.begin(), embedding.end());
    }
    table.rows.push_back(std::move(row));
    progress.show(table.rows.size());
  });
  return table;
}

FeatureTable FeatureTable::read(const std::string& path) {
  FeatureTable table = path.ends_with(npy_ending) ? read_with_matrix(path) : read_columns(path);
  require(!table.rows.empty(), ErrorCode::corrupt_file, path + ": holds no features");
  return table;
}

void FeatureTable::write(const std::string& path) const {
  if (!path.ends_with(npy_ending)) {
    write_file(path, to_csv(*this, width()));
    return;
  }
  NpyMatrix matrix{rows.size(), width(), {}};
  for (const FeatureRow& row : rows) {
    matrix.values.insert(matrix.values.end(), row.values.begin(), row.values.end());
  }
  Output names(names_beside(path)), numbers(path);
  names.write(to_csv(*this, 0));
  numbers.write(to_npy(matrix));
  names.flush();  // either both appear or none
  numbers.flush();
  names.commit();
  numbers.commit();
}

Split split_rows(const FeatureTable& table, const std::string& by, double part,
                 std::uint64_t seed) {
  std::set<std::string> units;
  for (const FeatureRow& row : table.rows) units.insert(unit_of(row, by));
  const std::set<std::string> apart = keep_apart(units, part, seed);
  Split split;
  for (const FeatureRow& row : table.rows) {
    (apart.contains(unit_of(row, by)) ? split.validation : split.training).push_back(&row);
  }
  return split;
}

train::Examples to_examples(const std::vector<const FeatureRow*>& rows, int classes,
                            const std::function<int(const std::string&)>& class_of) {
  train::Examples examples;
  const auto count = static_cast<Eigen::Index>(rows.size());
  const auto width = count == 0 ? 0 : static_cast<Eigen::Index>(rows.front()->values.size());
  examples.features.resize(count, width);
  for (Eigen::Index i = 0; i < count; ++i) {
    const FeatureRow& row = *rows[static_cast<std::size_t>(i)];
    examples.features.row(i) = Eigen::Map<const train::Row<float>>(row.values.data(), width);
    examples.labels.push_back(class_of(row.label));
  }
  train::balance(examples, classes);
  return examples;
}

}  // namespace fliqe::tools
