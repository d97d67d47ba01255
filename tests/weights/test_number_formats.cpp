// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/weights/number_formats.hpp>
#include <limits>
#include <random>

using namespace fliqe;
using namespace fliqe::weights;

TEST_CASE("given every half precision number, widening and narrowing gives it back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float wide = half_to_float(half);
    if (std::isnan(wide)) {
      REQUIRE((bits & 0x7c00u) == 0x7c00u);
      REQUIRE(std::isnan(half_to_float(float_to_half(wide))));
    } else {
      REQUIRE(float_to_half(wide) == half);
      const int exponent = static_cast<int>(bits >> 10 & 31);
      const double fraction = bits & 1023;
      const double magnitude = exponent == 0 ? fraction * 0x1p-24
                               : exponent == 31
                                   ? std::numeric_limits<double>::infinity()
                                   : (1024 + fraction) * std::ldexp(1.0, exponent - 25);
      REQUIRE(std::abs(wide) == magnitude);
    }
  }
}

TEST_CASE("given any number, narrowing to half precision takes the nearest, ties to even") {
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(value) || std::abs(value) > 65504.0f) continue;
    const std::uint16_t half = float_to_half(value);
    const double error = std::abs(static_cast<double>(half_to_float(half)) - value);
    for (const int step : {-1, 1}) {
      const auto neighbour = static_cast<std::uint16_t>(half + step);
      const float other = half_to_float(neighbour);
      if (!std::isfinite(other) || std::signbit(other) != std::signbit(value)) continue;
      const double other_error = std::abs(static_cast<double>(other) - value);
      REQUIRE((error < other_error || (error == other_error && half % 2 == 0)));
    }
  }
  CHECK(half_to_float(float_to_half(65519.0f)) == 65504.0f);
  CHECK(std::isinf(half_to_float(float_to_half(65520.0f))));
}

TEST_CASE("given any number, narrowing to bfloat16 takes the nearest, ties to even") {
  CHECK(to_float(to_bfloat16(1.0f)) == 1.0f);
  CHECK(to_bfloat16(std::bit_cast<float>(0x3f808000u)).bits == 0x3f80);  // tie, even below
  CHECK(to_bfloat16(std::bit_cast<float>(0x3f818000u)).bits == 0x3f82);  // tie, even above
  CHECK(to_bfloat16(std::bit_cast<float>(0x3f808001u)).bits == 0x3f81);
  CHECK(std::isnan(to_float(to_bfloat16(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(std::isnan(to_float(to_bfloat16(std::bit_cast<float>(0x7f800001u)))));
  CHECK(std::isinf(to_float(to_bfloat16(std::numeric_limits<float>::infinity()))));
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = to_float(bfloat16{static_cast<std::uint16_t>(bits)});
    if (!std::isnan(wide)) REQUIRE(to_bfloat16(wide).bits == bits);
  }
}
