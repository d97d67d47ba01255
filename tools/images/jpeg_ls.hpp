// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/thermal/raw_frame.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// Counts compressed as JPEG-LS (ITU-T T.87), as FLIR's CSQ files hold them. By libavcodec.
/// @param name         stands for the file in messages
/// @param most_pixels  larger pictures are refused; no thermal sensor has more than the default
/// @throws Error `unsupported_format`, `corrupt_file`, or `no_such_capability` in a build without
///         FFmpeg's libraries
RawFrame decode_jpeg_ls(std::span<const std::byte> bytes, const std::string& name,
                        std::size_t most_pixels = std::size_t{1} << 24);

}  // namespace fliqe::tools
