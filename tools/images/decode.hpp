// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// Decodes a picture to the pixels that OpenCV's imread gives: JPEG by libjpeg-turbo (turned
/// upright as its EXIF orientation says), PNG by libpng, everything else by the library's own
/// fliqe::decode_image. Thread-safe.
/// @param name  stands for the file in messages
/// @param most_pixels  larger pictures are refused
/// @throws Error `unsupported_format` or `corrupt_file`
Image decode(std::span<const std::byte> bytes, const std::string& name,
             std::size_t most_pixels = max_image_pixels);

}  // namespace fliqe::tools
