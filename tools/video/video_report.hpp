// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "video/frame_score.hpp"

namespace fliqe::tools {

/// What the report says beside the scores.
struct ReportSettings {
  double threshold = 0.5;
  double seconds = 0;  ///< of the video; 0 where nobody knows
  std::string weights_sha256;
  std::size_t every = 1;  ///< one frame of so many is scored
};

/// Writes one HTML page that needs nothing from elsewhere: scores over time, their histogram, the
/// worst and best frames, settings.
std::unique_ptr<FrameWriter> make_video_report(const std::string& path,
                                               const ReportSettings& settings);

}  // namespace fliqe::tools
