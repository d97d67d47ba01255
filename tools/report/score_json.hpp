// SPDX-License-Identifier: MIT
#pragma once

#include "io/json.hpp"
#include "report/score_writer.hpp"

namespace fliqe::tools {

/// A picture's entry: its file, quality, logit, size and causes, or null and the error.
Json to_json(const ScoredImage& image, bool embedding);
Json to_json(const Summary& summary);
Json to_json(const RunDescription& run);

}  // namespace fliqe::tools
