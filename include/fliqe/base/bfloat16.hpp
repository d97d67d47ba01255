// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI {

/// The upper half of an IEEE 754 binary32: 8 bits of exponent, 8 of precision.
struct bfloat16 {
  std::uint16_t bits;
};

/// Exact.
constexpr float to_float(bfloat16 value) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

/// To nearest, ties to even; NaN stays NaN.
constexpr bfloat16 to_bfloat16(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  const std::uint32_t rounded = nan ? bits | 0x400000u : bits + 0x7fffu + ((bits >> 16) & 1u);
  return {static_cast<std::uint16_t>(rounded >> 16)};
}

}  // namespace fliqe::inline FLIQE_ABI
