// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/eval/class_metrics.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// A picture that was classified.
struct ClassifiedPicture {
  std::string path, label, source;
  std::vector<double> probabilities;  ///< of each class

  std::size_t most_likely() const {
    return static_cast<std::size_t>(std::ranges::max_element(probabilities) -
                                    probabilities.begin());
  }
};

/// What `fliqe eval` finds out of a head of classes.
struct ClassEvaluation {
  std::vector<std::string> classes;
  std::vector<ClassifiedPicture> pictures;
  ClassConfusion confusion;
  /// The same pictures under each of the eight trained faults, by its name.
  std::vector<std::pair<std::string, ClassConfusion>> faults;
  double median_milliseconds = 0;
  std::string model, arithmetic;
};

/// Classifies the pictures of a set, whose labels are classes of the head.
/// @param with_faults  also under each fault
/// @param failed       counts the pictures that could not be read
/// @throws Error `invalid_argument` naming the picture whose label is no class
ClassEvaluation evaluate_classes(const PictureSet& set, const Scorer& scorer, bool with_faults,
                                 std::size_t& failed);

/// A row for each picture: file, label, group, class, and the probability of each class.
std::string classes_table(const ClassEvaluation& evaluation);

Json to_json(const ClassEvaluation& evaluation);
std::string to_text(const ClassEvaluation& evaluation);
std::string to_html(const ClassEvaluation& evaluation);

}  // namespace fliqe::tools
