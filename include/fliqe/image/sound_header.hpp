// SPDX-License-Identifier: MIT
/// @file
/// What stb_image should check before it decodes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/image/jpeg_tables.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::detail {

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
  if (jpeg_fault != nullptr) raise(ErrorCode::corrupt_file, {name, ": ", jpeg_fault});
  require(file[0] != std::byte{'P'} || pnm_numbers_fit(file), ErrorCode::corrupt_file,
          {name, ": a number of more than 9 digits in the header"});
  require(file[0] != std::byte{0x89} || png_chunks_fit(file), ErrorCode::corrupt_file,
          {name, ": a chunk of the PNG reaches beyond the end of the file"});
}

}  // namespace fliqe::inline FLIQE_ABI::detail
