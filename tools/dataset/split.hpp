// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace fliqe::tools {

/// The file of a picture or, from "PATH#NUMBER", of a frame.
std::string file_of(const std::string& path);

/// The unit of a picture: what must not stand on both sides of a split.
/// @param split  "group": a folder, a video or a group; "picture": all versions of a picture, all
///               frames of a video
template <class Picture>
std::string unit_of(const Picture& picture, const std::string& split) {
  return split == "group" ? picture.source : file_of(picture.path);
}

/// Chooses the units that are kept apart.
/// @param part  of the units: at least one, never all
/// @throws Error `invalid_argument` with fewer than two units
std::set<std::string> keep_apart(const std::set<std::string>& units, double part,
                                 std::uint64_t seed);

}  // namespace fliqe::tools
