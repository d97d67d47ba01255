// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/jpeg_tables.hpp>
#include <fliqe/image/stb.hpp>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fliqe {

/// Pictures of more pixels than this are refused before any memory is taken for them.
inline constexpr std::size_t max_image_pixels = std::size_t{1} << 28;

/// Reads a whole file. @throws Error `io`, naming it
inline std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto end = file ? static_cast<std::streamoff>(file.tellg()) : std::streamoff{-1};
  detail::require(end >= 0, ErrorCode::io, path + ": cannot open");
  // A directory opens, and then claims to be endless.
  detail::require(end < std::numeric_limits<std::streamoff>::max(), ErrorCode::io,
                  path + ": expected a regular file");
  std::vector<std::byte> bytes(static_cast<std::size_t>(end));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), end);
  detail::require(static_cast<bool>(file), ErrorCode::io, path + ": cannot read");
  return bytes;
}

namespace detail {

/// Throws when a picture of this size is larger than this library takes.
inline void require_image_size(const std::string& name, std::size_t width, std::size_t height) {
  require(width > 0 && height > 0 && width <= max_image_pixels / height,
          ErrorCode::unsupported_format,
          name + ": expected at most " + std::to_string(max_image_pixels) + " pixels, found " +
              std::to_string(width) + "x" + std::to_string(height));
}

}  // namespace detail

/// Decodes JPEG, PNG (8 and 16 bit), BMP and PGM/PPM with stb_image. Grey pictures give `gray8`,
/// all others `rgb8`; alpha is dropped; of 16 bits the upper 8 are kept, as OpenCV's imread does.
/// JPEGs may differ from other decoders' by a few grey levels. Thread-safe.
/// @param name  stands for the file in messages
/// @throws Error `unsupported_format` or `corrupt_file`
inline Image decode_image(std::span<const std::byte> bytes, const std::string& name) {
  namespace stb = detail::stb;
  detail::require(!bytes.empty(), ErrorCode::corrupt_file, name + ": the file is empty");
  detail::require(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
                  ErrorCode::unsupported_format, name + ": expected a picture of less than 2 GiB");
  detail::require(
      std::to_integer<unsigned>(bytes[0]) != 0xff || detail::JpegTables::are_sound(bytes),
      ErrorCode::corrupt_file, name + ": a Huffman table of the JPEG has more than 256 codes");
  const auto* data = reinterpret_cast<const stb::stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  const bool known = stb::stbi_info_from_memory(data, size, &width, &height, &channels) != 0;
  if (!known || width <= 0 || height <= 0) {
    detail::raise(ErrorCode::unsupported_format,
                  name + ": expected a JPEG, PNG, BMP or PGM/PPM picture, found none of these");
  }
  detail::require_image_size(name, static_cast<std::size_t>(width),
                             static_cast<std::size_t>(height));
  const int wanted = channels <= 2 ? 1 : 3;
  struct Free {
    void operator()(stb::stbi_uc* pixels) const noexcept { stb::stbi_image_free(pixels); }
  };
  const std::unique_ptr<stb::stbi_uc, Free> pixels(
      stb::stbi_load_from_memory(data, size, &width, &height, &channels, wanted));
  detail::require(pixels != nullptr, ErrorCode::corrupt_file,
                  name + ": cannot decode: " +
                      (stb::stbi_failure_reason() ? stb::stbi_failure_reason() : "unknown reason"));
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                            static_cast<std::size_t>(wanted);
  return {width, height, wanted == 1 ? PixelFormat::gray8 : PixelFormat::rgb8,
          std::vector<std::uint8_t>(pixels.get(), pixels.get() + count)};
}

/// Reads and decodes a file. @throws Error as read_file() and decode_image() do
inline Image load_image(const std::string& path) {
  return decode_image(read_file(path), path);
}

inline Result<Image> try_load_image(const std::string& path) {
  return detail::capture([&] { return load_image(path); });
}

}  // namespace fliqe
