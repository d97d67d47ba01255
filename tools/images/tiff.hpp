// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::tools {

bool is_tiff(std::span<const std::byte> bytes) noexcept;

/// Whether a TIFF file holds one grey channel of 16 bits.
bool is_gray16_tiff(std::span<const std::byte> bytes);

/// By libtiff. @throws Error `unsupported_format` or `corrupt_file`
RawFrame decode_gray16_tiff(std::span<const std::byte> bytes, const std::string& name,
                            std::size_t most_pixels = max_image_pixels);

/// Any other TIFF file, as rgb8. @throws Error `unsupported_format` or `corrupt_file`
Image decode_tiff(std::span<const std::byte> bytes, const std::string& name,
                  std::size_t most_pixels = max_image_pixels);

/// A TIFF file of 16 bits a pixel, compressed without loss.
std::vector<std::byte> encode_gray16_tiff(const RawFrame& frame);

}  // namespace fliqe::tools
