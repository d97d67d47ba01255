// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <fliqe/version.hpp>
#include <optional>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// Arithmetic of the trunk's convolutions. The heads always compute in 32-bit floating point.
enum class PrecisionKind {
  f32,   ///< 32-bit floating point
  bf16,  ///< bfloat16 with sums in 32-bit floating point
  int8,  ///< unsigned bytes times signed bytes, 32-bit sums; needs weights that `fliqe quantize`
         ///< made
};

inline constexpr std::array all_precisions{PrecisionKind::f32, PrecisionKind::bf16,
                                           PrecisionKind::int8};

constexpr std::string_view to_string(PrecisionKind precision) noexcept {
  switch (precision) {
    case PrecisionKind::f32:
      return "f32";
    case PrecisionKind::bf16:
      return "bf16";
    case PrecisionKind::int8:
      return "int8";
  }
  return "unknown";
}

constexpr std::optional<PrecisionKind> precision_from_string(std::string_view name) noexcept {
  for (const PrecisionKind precision : all_precisions) {
    if (to_string(precision) == name) return precision;
  }
  return std::nullopt;
}

/// The same as types, to choose at compile time.
struct f32 {
  static constexpr PrecisionKind kind = PrecisionKind::f32;
};
struct bf16 {
  static constexpr PrecisionKind kind = PrecisionKind::bf16;
};
struct int8 {
  static constexpr PrecisionKind kind = PrecisionKind::int8;
};
/// What Options::precision says.
struct AnyPrecision {};

template <class T>
concept PrecisionTag = std::same_as<T, f32> || std::same_as<T, bf16> || std::same_as<T, int8> ||
    std::same_as<T, AnyPrecision>;

}  // namespace fliqe::inline FLIQE_ABI
