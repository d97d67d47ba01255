// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "video/frame_score.hpp"
#include "video/overlay.hpp"

namespace fliqe::tools {

/// Writes a video of the frames with their scores drawn on them: H.264, or MPEG-4 where FFmpeg's
/// libraries have no encoder for it, in whatever container the path's ending names. Frames between
/// those that are scored show the last score.
/// @param frames_per_second  of the source; 0 where nobody knows
/// @throws Error `no_such_capability` in a build without FFmpeg's libraries,
///         `unsupported_format` for an ending that they do not know, `io`
std::unique_ptr<FrameWriter> make_annotated_video(const std::string& path, double frames_per_second,
                                                  const OverlayStyle& style);

}  // namespace fliqe::tools
