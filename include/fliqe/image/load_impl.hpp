// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/file.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/load.hpp>
#include <fliqe/image/sound_header.hpp>
#include <fliqe/image/stb.hpp>
#include <limits>
#include <memory>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

FLIQE_INLINE Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                                std::size_t most_pixels) {
  namespace stb = detail::stb;
  detail::require(!bytes.empty(), ErrorCode::corrupt_file, {name, ": the file is empty"});
  detail::require(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
                  ErrorCode::unsupported_format, {name, ": expected a picture of less than 2 GiB"});
  detail::require_sound_header(bytes, name);
  const auto* data = reinterpret_cast<const stb::stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  const bool known = stb::stbi_info_from_memory(data, size, &width, &height, &channels) != 0;
  if (!known || width <= 0 || height <= 0) {
    detail::raise(ErrorCode::unsupported_format,
                  {name, ": expected a JPEG, PNG, BMP or PGM/PPM picture, found none of these"});
  }
  const bool is_jpeg = bytes[0] == std::byte{0xff}, is_png = bytes[0] == std::byte{0x89};
  require_image_size(name, static_cast<std::size_t>(width), static_cast<std::size_t>(height),
                     bytes.size(),
                     is_jpeg  ? jpeg_pixels_per_byte
                     : is_png ? png_pixels_per_byte
                              : plain_pixels_per_byte,
                     most_pixels);
  const int wanted = channels <= 2 ? 1 : 3;
  struct Free {
    void operator()(stb::stbi_uc* pixels) const noexcept { stb::stbi_image_free(pixels); }
  };
  const std::unique_ptr<stb::stbi_uc, Free> pixels(
      stb::stbi_load_from_memory(data, size, &width, &height, &channels, wanted));
  detail::require(pixels != nullptr, ErrorCode::corrupt_file,
                  {name, ": cannot decode: ",
                   (stb::stbi_failure_reason() ? stb::stbi_failure_reason() : "unknown reason")});
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                            static_cast<std::size_t>(wanted);
  return {width, height, wanted == 1 ? PixelFormat::gray8 : PixelFormat::rgb8,
          std::vector<std::uint8_t>(pixels.get(), pixels.get() + count)};
}

FLIQE_INLINE Image load_image(const std::string& path) {
  return decode_image(read_file(path), path);
}

}  // namespace fliqe::inline FLIQE_ABI
