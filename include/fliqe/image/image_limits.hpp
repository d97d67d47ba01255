// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// Pictures of more pixels than this are refused before any memory is taken for them.
inline constexpr std::size_t max_image_pixels = std::size_t{1} << 28;

/// @throws Error `unsupported_format` when a picture of this size has more pixels than are taken
inline void require_image_size(const std::string& name, std::size_t width, std::size_t height,
                               std::size_t most = max_image_pixels) {
  require(width > 0 && height > 0 && width <= most / height, ErrorCode::unsupported_format,
          {name, ": expected at most ", most, " pixels, found ", width, "x", height});
}

/// The most pixels that one byte of a file can stand for: a file that claims more is rejected as a
/// decompression bomb. A JPEG spends at least a bit on each block of 8 x 8; deflate, in PNG, gains
/// 1032:1, with pixels of one bit.
inline constexpr std::size_t jpeg_pixels_per_byte = 8 * 64, png_pixels_per_byte = 8 * 1032,
                             plain_pixels_per_byte = 8;

/// The same, and the file must be long enough for so many pixels, which bounds time and memory by
/// the file's size. @throws Error also `corrupt_file`
inline void require_image_size(const std::string& name, std::size_t width, std::size_t height,
                               std::size_t file_size, std::size_t pixels_per_byte,
                               std::size_t most = max_image_pixels) {
  require_image_size(name, width, height, most);
  const std::size_t least = width * height / pixels_per_byte;
  require(file_size >= least, ErrorCode::corrupt_file,
          {name, ": expected at least ", least, " bytes for ", width, "x", height,
           " pixels, found ", file_size});
}

}  // namespace fliqe::inline FLIQE_ABI
