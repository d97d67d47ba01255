// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/eval/class_metrics.hpp>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/train/trainer.hpp>
#include <string>
#include <vector>

#include "io/json.hpp"

namespace fliqe::tools {

/// How well a trained head tells classes apart, on what it was trained with and on other examples.
/// Of two classes the second is the positive one.
struct HeadReport {
  std::vector<std::string> classes;
  ClassConfusion training, validation;
  std::vector<train::Epoch> epochs;
};

/// What a head with one output (two classes) or one output a class calls the examples.
ClassConfusion confusion_of(train::Network<float>& head, const train::Examples& examples,
                            std::size_t classes);

/// F1 of the positive class, or with more than two classes the mean of all.
double f1_of(const ClassConfusion& confusion);

Json to_json(const HeadReport& report);
std::string to_text(const HeadReport& report);
std::string to_html(const HeadReport& report);

}  // namespace fliqe::tools
