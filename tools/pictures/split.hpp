// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace fliqe::tools {

/// The unit of a picture: what must not stand on both sides of a split.
/// @param split  "group": a folder or group, such as the frames of one video; "picture": all
///               versions of a picture
template <class Picture>
const std::string& unit_of(const Picture& picture, const std::string& split) {
  return split == "group" ? picture.source : picture.path;
}

/// Chooses the units that are kept apart.
/// @param part  of the units: at least one, never all
/// @throws Error `invalid_argument` with fewer than two units
std::set<std::string> keep_apart(const std::set<std::string>& units, double part,
                                 std::uint64_t seed);

}  // namespace fliqe::tools
