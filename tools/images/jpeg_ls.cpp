// SPDX-License-Identifier: MIT
#include "images/jpeg_ls.hpp"

#include <charls/charls.h>

#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_limits.hpp>

namespace fliqe::tools {

RawFrame decode_jpeg_ls(std::span<const std::byte> bytes, const std::string& name,
                        std::size_t most_pixels) {
  try {
    const charls::jpegls_decoder decoder(bytes.data(), bytes.size());
    const charls::frame_info& info = decoder.frame_info();
    require(info.component_count == 1 && info.bits_per_sample > 8, ErrorCode::unsupported_format,
            {name, ": expected JPEG-LS of one channel of 9 to 16 bits, found ",
             info.component_count, " of ", info.bits_per_sample});
    require_image_size(name, info.width, info.height, most_pixels);
    const std::size_t least = info.height / 8;  // a row takes a bit at least
    require(bytes.size() >= least, ErrorCode::corrupt_file,
            {name, ": expected at least ", least, " bytes for ", info.height, " rows, found ",
             bytes.size()});
    RawFrame frame{static_cast<int>(info.width), static_cast<int>(info.height), {}};
    frame.counts.resize(std::size_t{info.width} * info.height);
    decoder.decode(frame.counts.data(), 2 * frame.counts.size());
    return frame;
  } catch (const charls::jpegls_error& error) {
    throw Error(ErrorCode::corrupt_file, name + ": cannot decode the JPEG-LS: " + error.what());
  }
}

}  // namespace fliqe::tools
