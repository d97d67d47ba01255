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

/// Calls `value()` for every element inside the halo.
template <class Value>
void fill(Tensor& tensor, const Value& value) {
  const TensorShape& shape = tensor.shape();
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        for (int c = 0; c < shape.c; ++c) tensor.view().pixel(n, y, x)[c] = value();
      }
    }
  }
}

struct Example {
  nn::Conv2dShape shape;
  int tile;
  std::vector<float> weight, bias;
  Tensor input, residual;
  Bf16Tensor bf16_input, bf16_residual;

  template <class Value, class WeightValue>
  Example(const nn::Conv2dShape& made, int made_tile, const TensorShape& map, const Value& value,
          const WeightValue& weight_value)
      : shape(made), tile(made_tile) {
    weight.resize(static_cast<std::size_t>(shape.out_channels) * shape.weights_per_output());
    for (float& each : weight) each = weight_value();
    bias.resize(static_cast<std::size_t>(shape.out_channels));
    for (float& each : bias) each = weight_value();
    const TensorShape output = nn::convolved_shape(shape, map);
    input = Tensor(map, shape.padding);
    residual = Tensor(output);
    fill(input, value);
    fill(residual, value);
    bf16_input = rounded(input);
    bf16_residual = rounded(residual);
  }

  TensorShape output() const { return residual.shape(); }

  References expected(bool full) const {
    const ConstTensorView added = residual.view();
    return convolve(input.view(), shape, weight, bias, output(), full ? &added : nullptr, full);
  }

  Bf16Tensor run(const nn::Kernels<kernels::Bf16Products>& kernels, bool full, int threads) const {
    const nn::Bf16WinogradConv2d layer(shape, tile, weight, bias, {}, kernels);
    return convolved(layer, bf16_input, full ? &bf16_residual : nullptr, full, threads);
  }
};

/// Random numbers: inputs and filters are rounded after their transforms, by up to 2^-9 each, and
/// the way back magnifies these errors, tile 4 more than tile 2. They are independent, so that
/// those of n products add up like the root of n. A product too many, too few or misplaced would
/// add about as much as all of them.
void check_random(const nn::Conv2dShape& shape, int tile, const TensorShape& map, unsigned seed) {
  Random random(seed);
  const float spread = 1 / std::sqrt(static_cast<float>(shape.weights_per_output()));
  const Example example(
      shape, tile, map, [&] { return random.normal(); }, [&] { return random.normal(spread); });
  const double bound = tile == 2 ? 4 : 12;
  for (const bool full : {false, true}) {
    const References expected = example.expected(full);
    for (const auto& kernels : host_kernels<kernels::Bf16Products>()) {
      INFO("kernels " << kernels.variant().name << " tile " << tile << " " << shape.in_channels
                      << "->" << shape.out_channels << " on " << to_string(map));
      const Bf16Tensor found = example.run(kernels, full, 2);
      double squares = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double unit = 0x1p-9 * expected[i].magnitude / std::sqrt(expected[i].terms);
        squares += std::pow((to_float(found.data()[i]) - expected[i].value) / unit, 2);
      }
      const double error = std::sqrt(squares / static_cast<double>(expected.size()));
      CHECK(error <= bound);
    }
  }
}

}  // namespace

TEST_CASE("given small integers, Winograd's method in bfloat16 with tile 2 is exact") {
  const unsigned seed = GENERATE(range(500u, 512u));
  Random random(seed);
  nn::Conv2dShape shape{16 * random.between(1, 5), 16 * random.between(1, 6), 3, 3, 1, 0};
  shape.padding = random.between(0, 2);
  const TensorShape map{random.between(1, 3), random.between(3, 15), random.between(3, 15),
                        shape.in_channels};
  // Transformed inputs are at most 8 and filters at most 9: both, and all sums, have few bits. The
  // outputs stay exact in bfloat16 up to 256.
  const Example example(
      shape, 2, map, [&] { return static_cast<float>(random.between(0, 30) == 0); },
      [&] { return static_cast<float>(4 * random.between(-1, 1)); });
  for (const bool full : {false, true}) {
    const References expected = example.expected(full);
    for (const auto& kernels : host_kernels<kernels::Bf16Products>()) {
      INFO("kernels " << kernels.variant().name << " " << shape.in_channels << "->"
                      << shape.out_channels << " on " << to_string(map));
      const Bf16Tensor found = example.run(kernels, full, 3);
      int wrong = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (to_float(found.data()[i]) != static_cast<float>(expected[i].value)) ++wrong;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("given the 3x3 layers of ResNet50, Winograd's method in bfloat16 is close") {
  check_random({64, 64, 3, 3, 1, 1}, 4, {1, 56, 56, 64}, 1);
  check_random({128, 64, 3, 3, 1, 1}, 4, {1, 28, 28, 128}, 2);
  check_random({256, 48, 3, 3, 1, 1}, 2, {1, 14, 14, 256}, 3);
}

TEST_CASE("given odd maps, paddings and batches, Winograd's method in bfloat16 is close") {
  const int tile = GENERATE(2, 4);
  const unsigned seed = GENERATE(range(520u, 530u));
  Random random(seed);
  nn::Conv2dShape shape{16 * random.between(1, 5), 16 * random.between(1, 6), 3, 3, 1, 0};
  shape.padding = random.between(0, 2);
  check_random(
      shape, tile,
      {random.between(1, 3), random.between(3, 15), random.between(3, 15), shape.in_channels},
      seed);
}

TEST_CASE("given any threads, Winograd's method in bfloat16 gives the same bits") {
  Random random(9);
  const Example example(
      {48, 80, 3, 3, 1, 1}, GENERATE(2, 4), {3, 19, 13, 48}, [&] { return random.normal(); },
      [&] { return random.normal(0.1f); });
  for (const auto& kernels : host_kernels<kernels::Bf16Products>()) {
    const Bf16Tensor one = example.run(kernels, true, 1);
    for (const int threads : {2, 3, 17}) {
      const Bf16Tensor more = example.run(kernels, true, threads);
      CHECK(std::memcmp(one.data(), more.data(), example.output().elements() * sizeof(bfloat16)) ==
            0);
    }
  }
}

TEST_CASE("given a filter that overflows bfloat16, Winograd's method refuses it") {
  std::vector<float> weight(16 * 16 * 9, 0.5f);
  weight[9 * 11] = std::numeric_limits<float>::max();
  CHECK_THROWS_AS(nn::Bf16WinogradConv2d({16, 16, 3, 3, 1, 1}, 2, weight), Error);
}
