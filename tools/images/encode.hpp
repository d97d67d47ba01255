// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A JPEG or PNG file; `image` has no alpha.
std::vector<std::byte> encode_jpeg(const Image& image, int quality);
std::vector<std::byte> encode_png(const Image& image);
std::vector<std::byte> encode_gray16_png(const RawFrame& frame);

/// The file appears under its name only when it is complete. @throws Error `io`
void write_bytes(const std::string& path, const std::vector<std::byte>& bytes);

/// In the format that the path's ending says: .png, .jpg or .jpeg (quality 95).
/// @throws Error `unsupported_format` for other endings, `io`
void write_image(const std::string& path, const Image& image);

/// What the distortion `compression` does, by libjpeg-turbo.
Image through_jpeg(const Image& image, int quality);

}  // namespace fliqe::tools
