// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// Grey, colour, palette; of 16 bits the upper 8; alpha dropped. @throws Error `corrupt_file`
Image decode_png(std::span<const std::byte> bytes, const std::string& name,
                 std::size_t most_pixels = max_image_pixels);

}  // namespace fliqe::tools
