// SPDX-License-Identifier: MIT
#include "app/causes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>

namespace fliqe::tools {

Causes causes_of(const Scorer& scorer, const Assessment& assessment) {
  constexpr double worth_naming = 0.05;
  const std::span<const std::string> names = scorer.causes();
  Causes causes;
  for (std::size_t i = 0; i < assessment.causes.size(); ++i) {
    const double probability = assessment.causes[i];
    if (probability >= worth_naming || i == assessment.cause()) {
      causes.push_back({names[i], probability});
    }
  }
  std::ranges::stable_sort(causes, std::greater{}, &Cause::probability);
  return causes;
}

std::string first_cause(const Causes& causes) {
  if (causes.empty()) return {};
  return causes[0].fault + " " + std::to_string(std::lround(100 * causes[0].probability)) + " %";
}

std::string cause_if_low(const Scorer& scorer, const Assessment& assessment) {
  return assessment.quality < 0.5 ? first_cause(causes_of(scorer, assessment)) : std::string();
}

Json to_json(const Causes& causes) {
  Json json = Json::array();
  for (const Cause& cause : causes) {
    json.push_back({{"fault", cause.fault}, {"probability", rounded9(cause.probability)}});
  }
  return json;
}

}  // namespace fliqe::tools
