// SPDX-License-Identifier: MIT
#include "support/decode.hpp"

#include <fliqe/image/load.hpp>

#include "support/decode_jpeg.hpp"
#include "support/decode_png.hpp"

namespace fliqe::tools {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.starts_with(magic);
}

}  // namespace

Image decode(std::span<const std::byte> bytes, const std::string& name) {
#if FLIQE_HAVE_JPEG
  if (starts_with(bytes, "\xff\xd8\xff")) return decode_jpeg(bytes, name);
#endif
#if FLIQE_HAVE_PNG
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return decode_png(bytes, name);
#endif
  return decode_image(bytes, name);
}

const char* jpeg_decoder() noexcept {
  return FLIQE_HAVE_JPEG ? "libjpeg-turbo" : "stb_image";
}
const char* png_decoder() noexcept {
  return FLIQE_HAVE_PNG ? "libpng" : "stb_image";
}

}  // namespace fliqe::tools
