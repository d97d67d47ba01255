// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/optimize.hpp>
#include <functional>
#include <string>
#include <vector>

#include "support/model_choice.hpp"
#include "support/picture_set.hpp"

namespace fliqe::tools {

/// The embedding of a picture with what is known about it.
struct FeatureRow {
  std::string path, label, source;
  std::vector<float> values;
};

/// Features computed once, to be trained on many times.
struct FeatureTable {
  std::vector<FeatureRow> rows;

  /// @param seen  called now and then with the number of rows
  static FeatureTable of_pictures(const PictureSet& set, const Scorer& scorer,
                                  const std::function<void(std::size_t)>& seen);
  /// A .csv file with the columns file, label, group, e0, e1, ... @throws Error
  static FeatureTable read(const std::string& path);
  std::string to_csv() const;
};

/// Rows for training and rows to validate with, never the same source (or picture) on both sides.
struct Split {
  std::vector<const FeatureRow*> training, validation;
};

/// @param by    "group": whole folders or groups; "picture": pictures with all their distortions
/// @param part  for validation. @throws Error `invalid_argument` when there is too little to split
Split split_rows(const FeatureTable& table, const std::string& by, double part, std::uint64_t seed);

/// @param is_positive  what counts as 1
train::Examples to_examples(const std::vector<const FeatureRow*>& rows,
                            const std::function<bool(const std::string& label)>& is_positive);

}  // namespace fliqe::tools
