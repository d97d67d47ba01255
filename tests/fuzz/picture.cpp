// SPDX-License-Identifier: MIT
// Everything that the program reads as a picture: JPEG, PNG, TIFF, BMP, PGM, radiometric or not; of
// JPEGs both the rendered picture and the counts, and the bytes as counts without a header.
#include "pictures/picture.hpp"

#include <string>

#include "fuzz/target.hpp"

namespace {

void decode(const std::uint8_t* data, std::size_t size, const std::string& name,
            const fliqe::tools::ThermalOptions& options) {
  fliqe::fuzz::refused_or_read(data, size, [&](fliqe::fuzz::Bytes bytes) {
    static_cast<void>(fliqe::tools::decode_picture(bytes, name, options));
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  decode(data, size, "x.png", {});
  fliqe::tools::ThermalOptions counts;
  counts.source = "raw";
  counts.byte_order = "be";
  decode(data, size, "x.jpg", counts);
  counts.raw_size = "4x" + std::to_string(size / 8);
  decode(data, size, "x.raw", counts);
  return 0;
}
