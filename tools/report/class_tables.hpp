// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/eval/class_metrics.hpp>
#include <string>
#include <vector>

#include "io/json.hpp"

namespace fliqe::tools {

/// Examples, precision, recall and F1 of each class, a line each. @param title  of the first column
std::string class_table(const ClassConfusion& confusion, const std::vector<std::string>& classes,
                        const std::string& title);

/// What each class was called, as an HTML table.
std::string confusion_table(const ClassConfusion& confusion,
                            const std::vector<std::string>& classes);

/// {class: {class that it was called: examples}}
Json called_json(const ClassConfusion& confusion, const std::vector<std::string>& classes);

}  // namespace fliqe::tools
