// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// @throws Error `corrupt_file`, for truncated pictures too
Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name,
                  std::size_t most_pixels = max_image_pixels);

}  // namespace fliqe::tools
