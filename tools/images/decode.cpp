// SPDX-License-Identifier: MIT
#include "images/decode.hpp"

#include <fliqe/image/load.hpp>

#include "images/decode_jpeg.hpp"
#include "images/decode_png.hpp"

namespace fliqe::tools {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.starts_with(magic);
}

}  // namespace

Image decode(std::span<const std::byte> bytes, const std::string& name, std::size_t most_pixels) {
  if (starts_with(bytes, "\xff\xd8\xff")) return decode_jpeg(bytes, name, most_pixels);
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return decode_png(bytes, name, most_pixels);
  if (starts_with(bytes, "BM") || starts_with(bytes, "P5") || starts_with(bytes, "P6")) {
    return decode_image(bytes, name, most_pixels);
  }
  throw Error(bytes.empty() ? ErrorCode::corrupt_file : ErrorCode::unsupported_format,
              name + (bytes.empty() ? ": the file is empty"
                                    : ": expected a JPEG, PNG, TIFF, BMP or PGM/PPM picture, found "
                                      "none of these"));
}

}  // namespace fliqe::tools
