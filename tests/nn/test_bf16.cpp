// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/host_kernels.hpp"
#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

struct Example {
  nn::Conv2dShape shape;
  std::vector<float> weight;
  nn::ChannelAffine after;
  Tensor input, residual;
  Bf16Tensor bf16_input, bf16_residual;

  Example(const nn::Conv2dShape& made, int height, int width, unsigned seed, int batch = 1)
      : shape(made) {
    Random random(seed);
    const auto terms = static_cast<float>(shape.weights_per_output());
    weight =
        random.vector(static_cast<std::size_t>(shape.out_channels) * shape.weights_per_output(),
                      1 / std::sqrt(terms));
    for (float& value : weight) value = to_float(to_bfloat16(value));
    for (int c = 0; c < shape.out_channels; ++c) {
      after.scale.push_back(1 + 0.3f * random.normal());
      after.shift.push_back(random.normal());
    }
    input = random.tensor({batch, height, width, shape.in_channels}, shape.padding);
    residual = random.tensor(nn::convolved_shape(shape, input.shape()));
    bf16_input = rounded(input);
    bf16_residual = rounded(residual);
  }

  Bf16Tensor run(const nn::Kernels<nn::Bf16>& kernels, bool full, int threads) const {
    const nn::Bf16Conv2d layer(shape, weight, {}, after, kernels);
    return convolved(layer, bf16_input, full ? &bf16_residual : nullptr, full, threads);
  }
};

/// All kernels of the host against the definition in double precision: the sum's error is bounded
/// as in floats (twice as wide, since the instruction rounds as it likes), that of the result by
/// half a unit of bfloat16.
void check(const Example& example, bool full) {
  INFO(example.shape.in_channels << "->" << example.shape.out_channels << " kernel "
                                 << example.shape.kernel_height << " stride "
                                 << example.shape.stride << " full " << full);
  const TensorShape out = nn::convolved_shape(example.shape, example.input.shape());
  const References sums =
      convolve(example.input.view(), example.shape, example.weight, {}, out, nullptr, false);
  for (const auto& kernels : host_kernels<nn::Bf16>()) {
    INFO("kernels " << kernels.variant().name);
    const Bf16Tensor found = example.run(kernels, full, 2);
    int wrong = 0;
    for (std::size_t i = 0; i < out.elements(); ++i) {
      const std::size_t c = i % static_cast<std::size_t>(out.c);
      const double scale = example.after.scale[c];
      double expected = sums[i].value * scale + example.after.shift[c];
      double magnitude = sums[i].magnitude * std::abs(scale) + std::abs(example.after.shift[c]);
      if (full) {
        const double added = example.residual.data()[i];
        expected = std::max(0.0, expected + added);
        magnitude += std::abs(added);
      }
      const double bound =
          4 * std::sqrt(sums[i].terms) * 0x1p-24 * magnitude + 0x1p-8 * std::abs(expected) + 1e-30;
      if (!(std::abs(to_float(found.data()[i]) - expected) <= bound)) ++wrong;
    }
    CHECK(wrong == 0);
    const Bf16Tensor again = example.run(kernels, full, 3);
    CHECK(std::memcmp(again.data(), found.data(), out.elements() * sizeof(bfloat16)) == 0);
  }
}

}  // namespace

TEST_CASE("given the convolutions of ResNet50 in bfloat16, every kernel set is right") {
  const int width = GENERATE(64, 16);
  const bool full = GENERATE(false, true);
  for (const int size : {14, 7}) {
    const int mid = width, out = mid * 4;
    check(Example({out, mid, 1, 1, 1, 0}, size, size, 1), full);
    check(Example({mid, mid, 3, 3, 1, 1}, size, size, 2), full);
    check(Example({mid, mid, 3, 3, 2, 1}, size, size, 3), full);
    check(Example({mid, out, 1, 1, 1, 0}, size, size, 4), full);
    check(Example({out, 2 * out, 1, 1, 2, 0}, size, size, 5), full);
  }
}

TEST_CASE("given odd shapes in bfloat16, every kernel set is right") {
  const unsigned seed = GENERATE(range(400u, 430u));
  Random random(seed);
  nn::Conv2dShape shape;
  shape.in_channels = 2 * random.between(1, 17);
  shape.out_channels = 16 * random.between(1, 6);
  shape.kernel_height = random.between(1, 5);
  shape.kernel_width = random.between(1, 5);
  shape.stride = random.between(1, 3);
  shape.padding = random.between(0, 3);
  const int least = std::max(shape.kernel_height, shape.kernel_width);
  const int height = random.between(least, 14), width = random.between(least, 14);
  check(Example(shape, height, width, seed, random.between(1, 3)), seed % 2 == 0);
}

TEST_CASE("given floats, converting to bfloat16 rounds to nearest even on every kernel set") {
  std::vector<float> special{0.0f,
                             -0.0f,
                             1.0f,
                             std::bit_cast<float>(0x3f808000u),  // ties
                             std::bit_cast<float>(0x3f818000u),
                             std::bit_cast<float>(0xbf818000u),
                             std::numeric_limits<float>::max(),
                             std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN(),
                             std::bit_cast<float>(0x7fffffffu),
                             std::bit_cast<float>(0x00000001u)};
  Random random(3);
  Tensor input({1, 3, 2, 32});
  for (std::size_t i = 0; i < input.shape().elements(); ++i) {
    input.data()[i] = i < special.size() ? special[i] : random.normal(100);
  }
  for (const auto& kernels : host_kernels<nn::Bf16>()) {
    INFO("kernels " << kernels.variant().name);
    Bf16Tensor output(input.shape());
    nn::Convert<nn::Bf16>(1.0f, kernels).forward(input, output, 1);
    for (std::size_t i = 0; i < input.shape().elements(); ++i) {
      const float value = input.data()[i];
      if (std::isnan(value)) {
        CHECK(std::isnan(to_float(output.data()[i])));
      } else {
        CHECK(output.data()[i].bits == to_bfloat16(value).bits);
      }
    }
  }
}

TEST_CASE("given bfloat16, the average over pixels matches the definition") {
  Random random(4);
  Tensor input = random.tensor({2, 7, 5, 48});
  const Bf16Tensor in_bf16 = rounded(input);
  for (const auto& kernels : host_kernels<nn::Bf16>()) {
    Tensor mean({2, 1, 1, 48});
    nn::Bf16GlobalAvgPool(kernels).forward(in_bf16, mean, 2);
    for (int n = 0; n < 2; ++n) {
      for (int c = 0; c < 48; ++c) {
        double sum = 0;
        for (int y = 0; y < 7; ++y) {
          for (int x = 0; x < 5; ++x) sum += input.view().pixel(n, y, x)[c];
        }
        REQUIRE(mean.view().pixel(n, 0, 0)[c] == Approx(sum / 35).margin(1e-5));
      }
    }
  }
}

TEST_CASE("given weights or channels that do not fit, a convolution in bfloat16 is not built") {
  std::vector<float> weight(16 * 4, 1.0f);
  CHECK_NOTHROW(nn::Bf16Conv2d({4, 16}, weight));
  CHECK_THROWS_WITH(nn::Bf16Conv2d({4, 15}, weight), Catch::Contains("found 4 and 15"));
  CHECK_THROWS_WITH(nn::Bf16Conv2d({6, 16}, weight), Catch::Contains("expected 96"));
  weight[5] = std::numeric_limits<float>::max();  // rounds to infinity
  CHECK_THROWS_AS(nn::Bf16Conv2d({4, 16}, weight), Error);
}
