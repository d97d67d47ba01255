// SPDX-License-Identifier: MIT
// The pages of a TIFF file. Pictures are kept small: many of them say more than a large one.
#include "images/tiff.hpp"

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_pixels = 1 << 14;
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    fliqe::tools::TiffPages pages(bytes, "x.tif", most_pixels);
    do {
      if (pages.has_counts()) {
        static_cast<void>(pages.counts());
      } else {
        static_cast<void>(pages.colors());
      }
    } while (pages.next());
  });
}
