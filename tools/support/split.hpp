// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fliqe::tools {

/// Chooses what is kept apart, whole units at a time: a unit is all that must not stand on both
/// sides, such as the frames of one video.
/// @param units  of each item. @param part  of the units, at least one, never all
/// @return for each item whether it is kept apart
/// @throws Error `invalid_argument` with fewer than two different units
std::vector<bool> keep_apart(const std::vector<std::string>& units, double part,
                             std::uint64_t seed);

}  // namespace fliqe::tools
