// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

TEST_CASE("given any shape, max pooling equals its definition on every kernel set") {
  const unsigned seed = GENERATE(range(1u, 30u));
  Random random(seed);
  const int kernel = random.between(1, 4), stride = random.between(1, 3);
  const int padding = random.between(0, kernel / 2);
  const TensorShape shape{random.between(1, 2), random.between(4, 17), random.between(4, 17),
                          random.between(1, 70)};
  const Tensor input = random.tensor(shape, random.between(0, 1));
  for (const Isa isa : host_isas()) {
    const nn::MaxPool2d layer(kernel, stride, padding, isa);
    Tensor output(layer.output_shape(shape));
    layer.forward(input, output, 2);
    const TensorShape& out = output.shape();
    bool equal = true;
    for (int n = 0; n < out.n; ++n) {
      for (int oy = 0; oy < out.h; ++oy) {
        for (int ox = 0; ox < out.w; ++ox) {
          for (int c = 0; c < out.c; ++c) {
            float best = -std::numeric_limits<float>::infinity();
            for (int y = oy * stride - padding; y < oy * stride - padding + kernel; ++y) {
              for (int x = ox * stride - padding; x < ox * stride - padding + kernel; ++x) {
                if (y < 0 || x < 0 || y >= shape.h || x >= shape.w) continue;
                best = std::max(best, input.view().pixel(n, y, x)[c]);
              }
            }
            equal = equal && output.view().pixel(n, oy, ox)[c] == best;
          }
        }
      }
    }
    INFO("kernel " << kernel << " stride " << stride << " padding " << padding << " on "
                   << to_string(shape) << " isa " << to_string(isa));
    CHECK(equal);
  }
}

TEST_CASE("given ResNet50's last map, global average pooling equals the mean on every kernel set") {
  Random random(2);
  const int channels = GENERATE(512, 2048, 37, 1);
  const Tensor input = random.tensor({2, 7, 7, channels});
  References expected;
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < channels; ++c) {
      Reference mean;
      for (int i = 0; i < 49; ++i) {
        const double value = input.view().pixel(n, i / 7, i % 7)[c];
        mean.value += value / 49;
        mean.magnitude += std::abs(value) / 49;
        mean.terms += 1;
      }
      expected.push_back(mean);
    }
  }
  for (const Isa isa : host_isas()) {
    Tensor output({2, 1, 1, channels});
    nn::GlobalAvgPool(isa).forward(input, output, 3);
    CHECK(worst_error(expected, output.view()) <= 1.0);
    const Tensor bordered = nn::with_halo(input.view(), 2);
    nn::GlobalAvgPool(isa).forward(bordered, output, 3);
    CHECK(worst_error(expected, output.view()) <= 1.0);
  }
}

TEST_CASE("given trained statistics, batch normalisation equals its formula on every kernel set") {
  Random random(3);
  const int channels = GENERATE(1, 3, 16, 33, 128);
  const auto count = static_cast<std::size_t>(channels);
  const auto gamma = random.vector(count), beta = random.vector(count), mean = random.vector(count);
  auto variance = random.vector(count);
  for (float& value : variance) value = value * value;
  const Tensor input = random.tensor({2, 3, 4, channels});
  const bool relu = GENERATE(false, true);
  References expected;
  for (int i = 0; i < 2 * 3 * 4; ++i) {
    for (std::size_t c = 0; c < count; ++c) {
      const double x = input.data()[static_cast<std::size_t>(i) * count + c];
      const double deviation = std::sqrt(variance[c] + 1e-5);
      const double y = (x - mean[c]) / deviation * gamma[c] + beta[c];
      const double size = (std::abs(x) + std::abs(mean[c])) / deviation * std::abs(gamma[c]);
      expected.push_back({relu ? std::max(0.0, y) : y, size + std::abs(beta[c]), 5});
    }
  }
  for (const Isa isa : host_isas()) {
    Tensor output(input.shape());
    nn::BatchNorm2d(nn::BatchNormParameters{gamma, beta, mean, variance}, isa, relu)
        .forward(input, output, 2);
    CHECK(worst_error(expected, output.view()) <= 1.0);
  }
}

TEST_CASE("given vectors, a linear layer equals its formula and rows do not touch each other") {
  Random random(4);
  const auto [in, out] = GENERATE(table<int, int>({{2048, 100}, {128, 128}, {64, 1}, {5, 33}}));
  const auto weight = random.vector(static_cast<std::size_t>(in) * static_cast<std::size_t>(out));
  const auto bias = random.vector(static_cast<std::size_t>(out));
  const Tensor input = random.tensor({5, 1, 1, in});
  const References expected = convolve(input.view(), {.in_channels = in, .out_channels = out},
                                       weight, bias, {5, 1, 1, out}, nullptr, false);
  for (const Isa isa : host_isas()) {
    const nn::Linear layer(in, out, weight, bias, {}, isa);
    Tensor output({5, 1, 1, out});
    layer.forward(input, output);
    CHECK(worst_error(expected, output.view()) <= 1.0);
    for (int row = 0; row < 5; ++row) {
      Tensor alone_in({1, 1, 1, in}), alone_out({1, 1, 1, out});
      std::copy_n(input.view().pixel(row, 0, 0), in, alone_in.data());
      layer.forward(alone_in, alone_out);
      CHECK(std::equal(alone_out.data(), alone_out.data() + out, output.view().pixel(row, 0, 0)));
    }
  }
}

TEST_CASE("given numbers of both signs, ReLU keeps the positive ones") {
  Random random(5);
  const int channels = GENERATE(1, 7, 16, 50);
  Tensor input = random.tensor({1, 2, 3, channels});
  input.data()[0] = -0.0f;
  for (const Isa isa : host_isas()) {
    Tensor output(input.shape());
    nn::ReLU(isa).forward(input, output, 2);
    for (std::size_t i = 0; i < input.shape().elements(); ++i) {
      REQUIRE(output.data()[i] == std::max(0.0f, input.data()[i]));
    }
  }
}

TEST_CASE("given a vector, normalising gives length 1 and the same direction; zero stays zero") {
  Random random(6);
  Tensor input = random.tensor({3, 1, 1, 128});
  for (int c = 0; c < 128; ++c) input.view().pixel(1, 0, 0)[c] = 0;
  Tensor output(input.shape());
  nn::Normalize().forward(input, output);
  for (int n = 0; n < 3; ++n) {
    double length = 0, original = 0;
    for (int c = 0; c < 128; ++c) {
      length += std::pow(output.view().pixel(n, 0, 0)[c], 2.0);
      original += std::pow(input.view().pixel(n, 0, 0)[c], 2.0);
    }
    CHECK(std::sqrt(length) == Approx(n == 1 ? 0.0 : 1.0).epsilon(1e-6));
    for (int c = 0; c < 128 && n != 1; ++c) {
      REQUIRE(output.view().pixel(n, 0, 0)[c] * std::sqrt(original) ==
              Approx(input.view().pixel(n, 0, 0)[c]).margin(1e-5));
    }
  }
  CHECK_THROWS_AS(nn::Normalize().forward(Tensor({1, 2, 1, 4}), Tensor({1, 2, 1, 4})), Error);
}

TEST_CASE("given wrong sizes, layers throw instead of writing past their output") {
  Tensor input({1, 8, 8, 4}), small({1, 2, 2, 4});
  CHECK_THROWS_AS(nn::MaxPool2d(3, 2, 1).forward(input, small), Error);
  CHECK_THROWS_AS(nn::MaxPool2d(3, 2, 2), Error);
  CHECK_THROWS_AS(nn::MaxPool2d(9, 1).output_shape({1, 8, 8, 4}), Error);
  CHECK_THROWS_AS(nn::GlobalAvgPool().forward(input, small), Error);
  CHECK_THROWS_AS(nn::ReLU().forward(input, small), Error);
  const std::vector<float> three(3, 1.0f), four(4, 1.0f);
  CHECK_THROWS_AS(nn::BatchNorm2d(nn::BatchNormParameters{three, three, three, four}), Error);
  CHECK_THROWS_AS(
      nn::BatchNorm2d(nn::BatchNormParameters{three, three, three, three}).forward(input, input),
      Error);
}

namespace {

/// Runs a plan on part of a batch and compares it with forward().
template <class Layer, class Input>
void check_plan(const Layer& layer, const BasicTensor<Input>& input) {
  using Output = typename decltype(layer.plan({}, {}))::Output;
  BasicTensor<Output> expected(layer.output_shape(input.shape())), found(expected.shape());
  layer.forward(input, expected);
  const auto plan = layer.plan(input.view().layout, found.view().layout);
  for (int batch = 1; batch <= input.shape().n; ++batch) {
    parallel(2, [&](const Team& team) {
      plan.run({input.data(), found.data()}, batch, team.task());
    });
    const std::size_t image =
        expected.shape().elements() / static_cast<std::size_t>(expected.shape().n);
    CHECK(std::memcmp(expected.data(), found.data(),
                      image * static_cast<std::size_t>(batch) * sizeof(Output)) == 0);
  }
}

}  // namespace

TEST_CASE("given any layer, running its plan gives the bits of forward") {
  Random random(8);
  const Tensor maps = random.tensor({3, 6, 5, 32}), vectors = random.tensor({3, 1, 1, 32});
  const std::vector<float> ones(32, 1.0f), weight = random.vector(32 * 48, 0.2f);
  check_plan(nn::MaxPool2d(3, 2, 1), maps);
  check_plan(nn::ReLU(), maps);
  check_plan(nn::BatchNorm2d(nn::BatchNormParameters{ones, ones, ones, ones}), maps);
  check_plan(nn::GlobalAvgPool(), maps);
  check_plan(nn::Normalize(), vectors);
  check_plan(nn::Convert<nn::Bf16>(), maps);
  check_plan(nn::Convert<nn::Int8>(50.0f), maps);
  check_plan(nn::Linear(32, 48, weight), vectors);

  BasicTensor<bfloat16> in_bf16(maps.shape());
  nn::Convert<nn::Bf16>().forward(maps, in_bf16);
  check_plan(nn::Bf16GlobalAvgPool(), in_bf16);
  check_plan(nn::Bf16Linear(32, 48, weight), in_bf16);

  BasicTensor<std::uint8_t> in_bytes(maps.shape());
  nn::Convert<nn::Int8>(50.0f).forward(maps, in_bytes);
  check_plan(nn::QuantizedGlobalAvgPool(), in_bytes);
  const std::vector<std::int8_t> byte_weight(32 * 48, 3);
  const std::vector<float> scale(48, 0.001f);
  const nn::QuantizedConv2dParameters parameters{byte_weight, scale, {}, {}, {}, {}};
  check_plan(nn::QuantizedLinear(32, 48, parameters), in_bytes);
}
