// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI {

/// The weights file that the CMake function `fliqe_embed_weights(target FILE)` put into this
/// program: the bytes of a safetensors file. Link errors on this name mean that the function was
/// not called.
std::span<const std::byte> embedded_weights() noexcept;

}  // namespace fliqe::inline FLIQE_ABI
