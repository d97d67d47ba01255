// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/online_fliqe.hpp>
#include <functional>
#include <string>

#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// A stream's quality after a frame.
struct StreamQuality {
  double raw = 0;  ///< of the frame
  double smoothed = 0;
};

/// Scores a frame of the stream of that name. Called from several threads, but never concurrently
/// for the same stream.
using StreamScorer =
    std::function<Result<StreamQuality>(const ImageView& image, const std::string& stream)>;

using OnlineScorer = OnlineFLIQE<AnyBackbone, AnyPrecision>;

/// By one model with a new session for each stream.
inline StreamScorer session_scorer(OnlineScorer& online, const WatchConfig& config) {
  for (const StreamConfig& stream : config.streams) online.create_session(stream.name);
  return [&online](const ImageView& image, const std::string& stream) -> Result<StreamQuality> {
    const Result<FrameAssessment> frame = online.try_assess_frame(image, stream);
    if (!frame) return frame.error();
    return StreamQuality{frame->assessment.quality, frame->smoothed_quality};
  };
}

}  // namespace fliqe::tools
