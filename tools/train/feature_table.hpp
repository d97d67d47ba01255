// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/trainer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"

namespace fliqe::tools {

/// What the network says of a picture, with what is known about it.
struct FeatureRow {
  std::string path, label, source;
  std::vector<float> values;
};

/// Which numbers of the network are taken.
enum class FeatureLayer {
  embedding,  ///< the 128 numbers before the head
  trunk,      ///< the trunk's averaged features, before the projection head
};

/// Features computed once, to be trained on many times.
struct FeatureTable {
  std::vector<FeatureRow> rows;

  std::size_t width() const noexcept { return rows.empty() ? 0 : rows.front().values.size(); }

  static FeatureTable of_pictures(const PictureSet& set, const Scorer& scorer, FeatureLayer layer);
  /// A .csv file with the columns file, label, group, e0, e1, ..., or a .npy file with the first
  /// three beside it in a .csv file of the same name. @throws Error
  static FeatureTable read(const std::string& path);
  /// In the format that the name ends with; an empty path stands for CSV on standard output.
  void write(const std::string& path) const;
};

/// Rows for training and rows to validate with, never the same source (or picture) on both sides.
struct Split {
  std::vector<const FeatureRow*> training, validation;
};

/// @param by    "group": whole folders or groups; "picture": pictures with all their distortions
/// @param part  for validation. @throws Error `invalid_argument` when there is too little to split
Split split_rows(const FeatureTable& table, const std::string& by, double part, std::uint64_t seed);

/// Balanced examples. @param classes  how many labels `class_of` tells apart
train::Examples to_examples(const std::vector<const FeatureRow*>& rows, int classes,
                            const std::function<int(const std::string& label)>& class_of);

}  // namespace fliqe::tools
