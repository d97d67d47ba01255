// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <span>

namespace fliqe::tools {

/// The orientation tag (0x0112) in the contents of an EXIF APP1 marker; 1 (upright) when there is
/// none or the data is broken.
int exif_orientation(std::span<const std::byte> app1) noexcept;

/// Turns and mirrors a picture so that it is upright. `orientation` is 1 to 8 as EXIF defines them.
Image upright(Image image, int orientation);

}  // namespace fliqe::tools
