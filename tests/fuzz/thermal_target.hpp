// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fliqe/thermal/thermal_frame.hpp>

#include "fuzz/target.hpp"

namespace fliqe::fuzz {

/// What `decode` returns must be a whole frame that takes no more memory than the file: formats
/// that do not compress store two bytes a count.
template <class Decode>
int refused_or_whole(const std::uint8_t* data, std::size_t size, const Decode& decode) {
  return refused_or_read(data, size, [&](Bytes bytes) {
    const ThermalFrame frame = decode(bytes);
    const FrameSize of_frame{frame.raw.width, frame.raw.height};
    if (of_frame.width <= 0 || of_frame.height <= 0) std::abort();
    if (of_frame.count_bytes() != 2 * std::uint64_t{frame.raw.counts.size()}) std::abort();
    if (of_frame.count_bytes() > size) std::abort();
  });
}

}  // namespace fliqe::fuzz
