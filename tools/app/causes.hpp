// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// A fault, and how probable it is that a picture has it, given that the picture is distorted.
struct Cause {
  std::string fault;
  double probability = 0;
};

/// Causes worth naming, the most probable first.
using Causes = std::vector<Cause>;

/// The causes of at least 5 %, and at least one; none when the weights name none.
Causes causes_of(const Scorer& scorer, const Assessment& assessment);

/// The most probable cause and its probability: "LensBlur 83 %". Empty without causes.
std::string first_cause(const Causes& causes);

/// The same of a picture whose quality is below 0.5; empty for a better one.
std::string cause_if_low(const Scorer& scorer, const Assessment& assessment);

/// A list of objects with the fields fault and probability.
Json to_json(const Causes& causes);

}  // namespace fliqe::tools
