// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/version.hpp>
#include <numbers>
#include <random>

namespace fliqe::inline FLIQE_ABI {

/// Random numbers that are the same wherever the standard library comes from, unlike those of the
/// standard distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// In [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  /// In [low, high).
  double between(double low, double high) { return low + (high - low) * uniform(); }

  /// In [0, count).
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(count));
  }

  /// Of the standard normal distribution (Box and Muller, 1958).
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  std::mt19937_64 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace fliqe::inline FLIQE_ABI
