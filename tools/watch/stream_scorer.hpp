// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <functional>

#include "app/causes.hpp"

namespace fliqe::tools {

/// The quality of a frame and its causes, if it is low.
struct FrameQuality {
  double quality = 0;
  Causes causes{};
};

/// Called from several threads.
using StreamScorer = std::function<Result<FrameQuality>(const ImageView& image)>;

/// Scores by a model, which must outlive the result.
inline StreamScorer stream_scorer(const Scorer& scorer) {
  return [&scorer](const ImageView& image) -> Result<FrameQuality> {
    const Result<Assessment> found = scorer.try_assess(image);
    if (!found) return found.error();
    return FrameQuality{found->quality, causes_of(scorer, *found)};
  };
}

}  // namespace fliqe::tools
