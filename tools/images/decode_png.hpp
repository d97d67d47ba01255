// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// Grey, colour, palette; of 16 bits the upper 8; alpha dropped. @throws Error `corrupt_file`
Image decode_png(std::span<const std::byte> bytes, const std::string& name);

}  // namespace fliqe::tools
