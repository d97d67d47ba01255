// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/jpeg_tables.hpp>
#include <fliqe/image/stb.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Pictures of more pixels than this are refused before any memory is taken for them.
inline constexpr std::size_t max_image_pixels = std::size_t{1} << 28;

namespace detail {

/// Throws when a picture of this size is larger than this library takes.
inline void require_image_size(const std::string& name, std::size_t width, std::size_t height) {
  require(width > 0 && height > 0 && width <= max_image_pixels / height,
          ErrorCode::unsupported_format,
          name + ": expected at most " + std::to_string(max_image_pixels) + " pixels, found " +
              std::to_string(width) + "x" + std::to_string(height));
}

/// How many pixels a byte of a file can stand for at most: what claims more is a bomb. A JPEG
/// spends a bit on each block of 8 x 8 at least; deflate, in PNG, gains 1032:1, with pixels of one
/// bit.
inline constexpr std::size_t jpeg_pixels_per_byte = 8 * 64, png_pixels_per_byte = 8 * 1032,
                             plain_pixels_per_byte = 8;

/// The same, and the file must be long enough for so many pixels. So time and memory are bounded by
/// what somebody had to send.
inline void require_image_size(const std::string& name, std::size_t width, std::size_t height,
                               std::size_t file_size, std::size_t pixels_per_byte) {
  require_image_size(name, width, height);
  const std::size_t least = width * height / pixels_per_byte;
  require(file_size >= least, ErrorCode::corrupt_file,
          name + ": expected at least " + std::to_string(least) + " bytes for " +
              std::to_string(width) + "x" + std::to_string(height) + " pixels, found " +
              std::to_string(file_size));
}

/// Whether the three numbers at the beginning of a PGM or PPM fit an int; stb_image does not look.
inline bool pnm_numbers_fit(std::span<const std::byte> file) noexcept {
  int numbers = 0, digits = 0;
  bool in_comment = false;
  for (std::size_t at = 2; at < file.size() && numbers < 3; ++at) {
    const char letter = static_cast<char>(file[at]);
    const bool ends_line = letter == '\n' || letter == '\r';
    const bool is_digit = !in_comment && letter >= '0' && letter <= '9';
    in_comment = letter == '#' || (in_comment && !ends_line);
    if (is_digit && ++digits > 9) return false;
    if (is_digit || digits == 0) continue;
    ++numbers;
    digits = 0;
  }
  return true;
}

/// Whether each chunk of a PNG lies within the file; stb_image takes memory for what they claim.
inline bool png_chunks_fit(std::span<const std::byte> file) {
  constexpr std::size_t signature = 8, before_data = 8, checksum = 4;
  ByteReader reader(file, "PNG");
  for (std::size_t at = signature; at + before_data <= file.size();) {
    const std::size_t length = reader.number_at<std::uint32_t>(at, std::endian::big);
    if (length > file.size() - at - before_data) return false;
    at += before_data + length + checksum;
  }
  return true;
}

/// What stb_image should have checked, by the first byte of the file.
inline void require_sound_header(std::span<const std::byte> file, const std::string& name) {
  const char* jpeg_fault = file[0] == std::byte{0xff} ? JpegTables::fault(file) : nullptr;
  if (jpeg_fault != nullptr) raise(ErrorCode::corrupt_file, name + ": " + jpeg_fault);
  require(file[0] != std::byte{'P'} || pnm_numbers_fit(file), ErrorCode::corrupt_file,
          name + ": a number of more than 9 digits in the header");
  require(file[0] != std::byte{0x89} || png_chunks_fit(file), ErrorCode::corrupt_file,
          name + ": a chunk of the PNG reaches beyond the end of the file");
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
  detail::require_sound_header(bytes, name);
  const auto* data = reinterpret_cast<const stb::stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  const bool known = stb::stbi_info_from_memory(data, size, &width, &height, &channels) != 0;
  if (!known || width <= 0 || height <= 0) {
    detail::raise(ErrorCode::unsupported_format,
                  name + ": expected a JPEG, PNG, BMP or PGM/PPM picture, found none of these");
  }
  const bool is_jpeg = bytes[0] == std::byte{0xff}, is_png = bytes[0] == std::byte{0x89};
  detail::require_image_size(name, static_cast<std::size_t>(width),
                             static_cast<std::size_t>(height), bytes.size(),
                             is_jpeg  ? detail::jpeg_pixels_per_byte
                             : is_png ? detail::png_pixels_per_byte
                                      : detail::plain_pixels_per_byte);
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

#if defined(__cpp_exceptions)
inline Result<Image> try_load_image(const std::string& path) {
  return detail::capture([&] { return load_image(path); });
}
#endif

}  // namespace fliqe::inline FLIQE_ABI
