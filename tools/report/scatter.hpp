// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A point that belongs to something, with what is shown when the pointer rests on it.
struct ScatterPoint {
  std::array<double, 2> place;
  std::string label, title;
};

/// A drawing of its own, a colour for each label (of ten, then by shape), with a legend.
std::string scatter_svg(const std::vector<ScatterPoint>& points, const std::string& title);

}  // namespace fliqe::tools
