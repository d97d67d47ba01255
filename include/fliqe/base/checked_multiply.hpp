// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/version.hpp>
#include <limits>
#include <optional>

namespace fliqe::inline FLIQE_ABI {

/// a * b, or nothing when the product does not fit std::size_t.
constexpr std::optional<std::size_t> checked_multiply(std::uint64_t a, std::uint64_t b) noexcept {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b) return std::nullopt;
  return static_cast<std::size_t>(a * b);
}

}  // namespace fliqe::inline FLIQE_ABI
