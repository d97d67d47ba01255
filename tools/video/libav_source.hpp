// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "video/frame_source.hpp"

namespace fliqe::tools {

/// Whatever FFmpeg's libraries open. @throws Error `no_such_capability` in a build without them
std::unique_ptr<FrameSource> open_libav_source(const std::string& source,
                                               const SourceOptions& options);

}  // namespace fliqe::tools
