// SPDX-License-Identifier: MIT
// Everything that the program reads as a picture: JPEG, PNG, TIFF, BMP, PGM, radiometric or not.
#include "images/picture.hpp"

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    static_cast<void>(fliqe::tools::decode_picture(bytes, "x.png", {}));
  });
}
