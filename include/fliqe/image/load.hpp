// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/base/header_only.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// Decodes JPEG, PNG (8 and 16 bit), BMP and PGM/PPM with stb_image. Grey pictures give `gray8`,
/// all others `rgb8`; alpha is dropped; of 16 bits the upper 8 are kept, as OpenCV's imread does.
/// JPEGs may differ from other decoders' by a few grey levels. Thread-safe.
/// @param name  stands for the file in messages
/// @throws Error `unsupported_format` or `corrupt_file`
Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                   std::size_t most_pixels = max_image_pixels);

/// Reads and decodes a file. @throws Error as read_file() and decode_image() do
Image load_image(const std::string& path);

#if defined(__cpp_exceptions)
inline Result<Image> try_load_image(const std::string& path) {
  return detail::capture([&] { return load_image(path); });
}
#endif

}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/image/load_impl.hpp>
#endif
