// SPDX-License-Identifier: MIT
// JPEG-LS, as FLIR's CSQ files hold it; without libavcodec everything is refused. Pictures are kept
// small: many of them say more than a large one.
#include "images/jpeg_ls.hpp"

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_pixels = 1 << 14;
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    static_cast<void>(fliqe::tools::decode_jpeg_ls(bytes, "x.jls", most_pixels));
  });
}
