// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "app/causes.hpp"

namespace fliqe::tools {

/// What has been wrong with a stream lately: the mean of its frames' causes. A frame counts the
/// more the worse it is, and the less the older it is.
class RecentCauses {
 public:
  /// @param window  frames after which a frame counts 1/e
  explicit RecentCauses(std::size_t window)
      : kept_(1 - 1 / static_cast<double>(std::max<std::size_t>(window, 2))) {}

  void add(double quality, const Causes& causes) {
    for (auto& [fault, weight] : weights_) weight *= kept_;
    for (const Cause& cause : causes) weights_[cause.fault] += (1 - quality) * cause.probability;
  }

  /// The most probable first; those of less than 5 % are left out.
  Causes mean() const {
    double sum = 0;
    for (const auto& [fault, weight] : weights_) sum += weight;
    Causes causes;
    for (const auto& [fault, weight] : weights_) {
      if (weight > 0 && weight >= 0.05 * sum) causes.push_back({fault, weight / sum});
    }
    std::ranges::stable_sort(causes, std::greater{}, &Cause::probability);
    return causes;
  }

 private:
  double kept_;
  std::map<std::string, double> weights_;  ///< by fault
};

}  // namespace fliqe::tools
