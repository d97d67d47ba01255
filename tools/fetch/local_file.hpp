// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "fetch/allowed_prefixes.hpp"
#include "fetch/fetch_result.hpp"

namespace fliqe::tools {

/// Reads a regular file where locate() found it. No symbolic link is followed any more, so that
/// nobody who may write to the folder can lead it elsewhere in between.
/// @param name  in messages
FetchResult read_located(const LocatedFile& file, const std::string& name, std::size_t most_bytes);

}  // namespace fliqe::tools
