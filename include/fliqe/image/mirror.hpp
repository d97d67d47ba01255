// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::detail {

/// `i` mirrored into 0 ... size - 1 about the first and the last pixel (OpenCV's
/// BORDER_REFLECT_101).
inline int mirrored(int i, int size) noexcept {
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  const int place = ((i % period) + period) % period;
  return place < size ? place : period - place;
}

}  // namespace fliqe::inline FLIQE_ABI::detail
