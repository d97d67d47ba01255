// SPDX-License-Identifier: MIT
#pragma once

#include "io/json.hpp"
#include "watch/watched_stream.hpp"

namespace fliqe::tools {

/// A stream's settings (without passwords), condition, scores and figures.
Json to_json(const WatchedStream& stream);

}  // namespace fliqe::tools
