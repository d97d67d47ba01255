// SPDX-License-Identifier: MIT
// What the header-only library decodes by itself, with stb_image.
#include <fliqe/image/load.hpp>
#include <fliqe/thermal/raw_frame.hpp>

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fliqe::fuzz::Bytes;
  fliqe::fuzz::refused_or_read_file(
      data, size, [](const std::string& path) { static_cast<void>(fliqe::load_image(path)); });
  return fliqe::fuzz::refused_or_read(
      data, size, [](Bytes bytes) { static_cast<void>(fliqe::decode_gray16_png(bytes, "x.png")); });
}
