// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
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

/// The precision that a caller asks for: one by name, or a rule. Without a request it is the
/// weights' own: int8 for quantized weights, else f32, on every processor.
class PrecisionChoice {
 public:
  constexpr PrecisionChoice() noexcept = default;
  constexpr PrecisionChoice(PrecisionKind kind) noexcept : kind_(kind) {}

  /// int8 for quantized weights; bf16 where the processor has instructions for it and the weights
  /// file records that scores hardly change; else f32. Scores then depend on the processor.
  static constexpr PrecisionChoice automatic() noexcept {
    PrecisionChoice choice;
    choice.is_automatic_ = true;
    return choice;
  }

  /// "auto", "f32", "bf16" or "int8". @throws Error `invalid_argument` for any other name
  static PrecisionChoice from_string(std::string_view name) {
    if (name == "auto") return automatic();
    const std::optional<PrecisionKind> kind = precision_from_string(name);
    if (!kind) {
      detail::raise(ErrorCode::invalid_argument,
                    {"precision: expected auto, f32, bf16 or int8, found '", name, "'"});
    }
    return *kind;
  }

  constexpr bool is_automatic() const noexcept { return is_automatic_; }
  /// Nothing unless a precision was named.
  constexpr std::optional<PrecisionKind> kind() const noexcept { return kind_; }

  bool operator==(const PrecisionChoice&) const = default;

 private:
  std::optional<PrecisionKind> kind_;
  bool is_automatic_ = false;
};

/// "f32", "bf16" or "int8"; "auto"; "that of the weights" without a request.
constexpr std::string_view to_string(const PrecisionChoice& choice) noexcept {
  if (choice.is_automatic()) return "auto";
  return choice.kind() ? to_string(*choice.kind()) : "that of the weights";
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

/// The one precision that a tag stands for; nothing for AnyPrecision.
template <PrecisionTag T>
constexpr std::optional<PrecisionKind> only_precision() noexcept {
  if constexpr (std::same_as<T, AnyPrecision>) {
    return std::nullopt;
  } else {
    return T::kind;
  }
}

}  // namespace fliqe::inline FLIQE_ABI
