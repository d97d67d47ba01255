// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "support/host_kernels.hpp"
#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

using ByteTensor = BasicTensor<std::uint8_t>;
using ByteView = BasicTensorView<const std::uint8_t>;

ByteTensor random_bytes(Random& random, const TensorLayout& layout, int lowest = 0) {
  ByteTensor tensor = ByteTensor::with_layout(layout);
  for (int n = 0; n < layout.shape.n; ++n) {
    for (int y = 0; y < layout.shape.h; ++y) {
      for (int x = 0; x < layout.shape.w; ++x) {
        std::uint8_t* pixel = tensor.view().pixel(n, y, x);
        for (int c = 0; c < layout.shape.c; ++c) {
          pixel[c] = static_cast<std::uint8_t>(random.between(lowest, 255));
        }
      }
    }
  }
  return tensor;
}

/// A convolution in bytes with random contents whose outputs use the whole range of a byte.
struct Example {
  nn::Conv2dShape shape;
  std::vector<std::int8_t> weight;
  std::vector<float> weight_scale;
  nn::ChannelAffine after;
  ByteTensor input, residual;
  nn::Quantization input_steps{0.02f, 0}, output_steps{0.05f, 0}, residual_steps{0.07f, 128};

  /// @param extremes  the largest inputs and weights of one sign only
  Example(const nn::Conv2dShape& made, int height, int width, unsigned seed, bool extremes = false,
          int batch = 1)
      : shape(made) {
    Random random(seed);
    const auto outputs = static_cast<std::size_t>(shape.out_channels);
    for (std::size_t i = 0; i < outputs * shape.weights_per_output(); ++i) {
      weight.push_back(static_cast<std::int8_t>(extremes ? 127 : random.between(-127, 127)));
    }
    const auto terms = static_cast<float>(shape.weights_per_output());
    const float typical = extremes ? 255 * 127 * terms : 150 * 70 * std::sqrt(terms);
    const float scale = 100 * output_steps.scale / (input_steps.scale * typical);
    for (int c = 0; c < shape.out_channels; ++c) {
      weight_scale.push_back(scale * (1 + 0.1f * random.normal()));
      after.scale.push_back(1 + 0.3 * random.normal());
      after.shift.push_back(2.5 + random.normal());
    }
    const TensorShape in{batch, height, width, shape.in_channels};
    input = random_bytes(random, TensorLayout::packed(in, shape.padding), extremes ? 255 : 0);
    residual =
        random_bytes(random, TensorLayout::packed(nn::convolved_shape(shape, input.shape())));
  }

  nn::QuantizedConv2d layer(const nn::Kernels<nn::Int8>& kernels, bool add) const {
    nn::QuantizedConv2dParameters parameters{weight,      weight_scale, after,
                                             input_steps, output_steps, {}};
    if (add) parameters.residual = residual_steps;
    return {shape, parameters, kernels};
  }

  /// The sum of one output, exactly.
  std::int64_t sum(int n, int oy, int ox, int oc) const {
    std::int64_t sum = 0;
    const int inputs = shape.in_channels;
    const int rows = shape.kernel_height, columns = shape.kernel_width;
    for (int ky = 0; ky < rows; ++ky) {
      for (int kx = 0; kx < columns; ++kx) {
        const std::uint8_t* pixel = input.view().pixel(n, oy * shape.stride - shape.padding + ky,
                                                       ox * shape.stride - shape.padding + kx);
        for (int c = 0; c < inputs; ++c) {
          const int index = ((oc * inputs + c) * rows + ky) * columns + kx;
          sum += std::int64_t{pixel[c]} * weight[static_cast<std::size_t>(index)];
        }
      }
    }
    return sum;
  }

  /// The definition in real numbers: dequantise, normalise, add, quantise.
  double output(int n, int y, int x, int c, bool add) const {
    double value = static_cast<double>(sum(n, y, x, c)) * input_steps.scale *
                   weight_scale[static_cast<std::size_t>(c)];
    const auto channel = static_cast<std::size_t>(c);
    value = value * after.scale[channel] + after.shift[channel];
    if (add) {
      value += static_cast<double>(residual_steps.scale) *
               (residual.view().pixel(n, y, x)[c] - residual_steps.zero_point);
    }
    return value / output_steps.scale;
  }

  ByteTensor run(const nn::QuantizedConv2d& made, bool add, int threads = 2) const {
    return convolved(made, input, add ? &residual : nullptr, false, threads);
  }
};

/// All kernels of the host against the definition: bytes must be those of rounding, and may differ
/// by one only where the value lies within 1e-3 of a tie. All kernels must agree in every bit.
void check(const Example& example, bool add) {
  INFO(example.shape.in_channels << "->" << example.shape.out_channels << " kernel "
                                 << example.shape.kernel_height << " stride "
                                 << example.shape.stride << " residual " << add);
  ByteTensor first;
  for (const auto& kernels : host_kernels<nn::Int8>()) {
    INFO("kernels " << kernels.variant().name);
    const ByteTensor found = example.run(example.layer(kernels, add), add);
    const TensorShape& shape = found.shape();
    int wrong = 0, inside = 0;
    for (int n = 0; n < shape.n; ++n) {
      for (int y = 0; y < shape.h; ++y) {
        for (int x = 0; x < shape.w; ++x) {
          for (int c = 0; c < shape.c; ++c) {
            const double exact = example.output(n, y, x, c, add);
            const double clamped = std::clamp(exact, 0.0, 255.0);
            const int byte = found.view().pixel(n, y, x)[c];
            inside += byte > 0 && byte < 255 ? 1 : 0;
            if (!(std::abs(byte - clamped) <= 0.501)) ++wrong;
          }
        }
      }
    }
    CHECK(wrong == 0);
    CHECK(inside > 0);  // else everything could be clamped
    if (first.data() == nullptr) {
      first = example.run(example.layer(kernels, add), add, 1);
    }
    CHECK(std::memcmp(first.data(), found.data(), shape.elements()) == 0);
  }
}

}  // namespace

TEST_CASE("given the convolutions of ResNet50 in bytes, every kernel set matches the definition") {
  const int width = GENERATE(64, 16);
  const bool add = GENERATE(false, true);
  const auto [h, w] = GENERATE(table<int, int>({{14, 14}, {7, 7}}));
  for (const int scale : {1, 2}) {
    const int mid = width * scale, out = mid * 4;
    check(Example({out, mid, 1, 1, 1, 0}, h, w, 1), add);
    check(Example({mid, mid, 3, 3, 1, 1}, h, w, 2), add);
    check(Example({mid, mid, 3, 3, 2, 1}, h, w, 3), add);
    check(Example({mid, out, 1, 1, 1, 0}, h, w, 4), add);
    check(Example({out, 2 * out, 1, 1, 2, 0}, h, w, 5), add);
  }
}

TEST_CASE("given the stem and the deepest reductions in bytes, every kernel set is right") {
  check(Example({4, 64, 7, 7, 2, 3}, 40, 40, 6), false);
  check(Example({4, 16, 7, 7, 2, 3}, 40, 40, 7), false);
  check(Example({512, 16, 3, 3, 1, 1}, 7, 7, 8), true);
  check(Example({2048, 32, 1, 1, 1, 0}, 7, 7, 9), false);
}

TEST_CASE("given odd shapes in bytes, every kernel set matches the definition") {
  const unsigned seed = GENERATE(range(300u, 340u));
  Random random(seed);
  nn::Conv2dShape shape;
  shape.in_channels = 4 * random.between(1, 9);
  shape.out_channels = 16 * random.between(1, 9);
  shape.kernel_height = random.between(1, 5);
  shape.kernel_width = random.between(1, 5);
  shape.stride = random.between(1, 3);
  shape.padding = random.between(0, 3);
  const int least = std::max(shape.kernel_height, shape.kernel_width);
  const int height = random.between(least, 16), width = random.between(least, 16);
  check(Example(shape, height, width, seed, false, random.between(1, 3)), seed % 2 == 0);
}

TEST_CASE("given the largest bytes and weights, no intermediate sum saturates") {
  check(Example({64, 64, 3, 3, 1, 1}, 7, 7, 20, true), false);
  check(Example({2048, 16, 1, 1, 1, 0}, 3, 3, 21, true), true);
}

TEST_CASE("given sums that are bytes already, a convolution in bytes returns them") {
  Random random(22);
  const nn::Conv2dShape shape{32, 48, 1, 1, 1, 0};
  std::vector<std::int8_t> weight(48 * 32, 0);
  std::vector<int> source;
  for (int c = 0; c < 48; ++c) {
    source.push_back(random.between(0, 31));
    weight[static_cast<std::size_t>(c * 32 + source.back())] = 1;
  }
  const ByteTensor input = random_bytes(random, TensorLayout::packed({1, 5, 9, 32}));
  const std::vector<float> ones(48, 1.0f);
  for (const auto& kernels : host_kernels<nn::Int8>()) {
    const nn::QuantizedConv2dParameters parameters{weight, ones, {}, {1.0f, 0}, {1.0f, 0}, {}};
    const nn::QuantizedConv2d layer(shape, parameters, kernels);
    const ByteTensor out = convolved(layer, input, nullptr, false, 1);
    for (int pixel = 0; pixel < 45; ++pixel) {
      for (int c = 0; c < 48; ++c) {
        REQUIRE(out.data()[pixel * 48 + c] ==
                input.data()[pixel * 32 + source[static_cast<std::size_t>(c)]]);
      }
    }
  }
}

TEST_CASE("given any number of threads, a convolution in bytes gives the same bits") {
  const Example example({32, 80, 3, 3, 1, 1}, 13, 11, 23, false, 3);
  const nn::QuantizedConv2d layer = example.layer(host_kernels<nn::Int8>().back(), true);
  const ByteTensor once = example.run(layer, true, 1);
  for (const int threads : {2, 3, 5, 8, 17}) {
    const ByteTensor again = example.run(layer, true, threads);
    CHECK(std::memcmp(once.data(), again.data(), once.shape().elements()) == 0);
  }
}

TEST_CASE("given floats, quantising rounds to the nearest step, ties to even, and clamps") {
  Random random(24);
  Tensor input = random.tensor({2, 5, 3, 32});
  for (std::size_t i = 0; i < 960; ++i) input.data()[i] = std::abs(input.data()[i]) * 100;
  input.data()[0] = 0.125f;  // half a step
  input.data()[1] = 0.375f;
  for (const auto& kernels : host_kernels<nn::Int8>()) {
    ByteTensor bytes(input.shape());
    nn::Convert<nn::Int8>(4.0f, kernels).forward(input, bytes, 2);
    CHECK(bytes.data()[0] == 0);
    CHECK(bytes.data()[1] == 2);
    for (std::size_t i = 0; i < 960; ++i) {
      REQUIRE(bytes.data()[i] == std::min(255l, std::lrint(input.data()[i] / 0.25f)));
    }
  }
}

TEST_CASE("given bytes, the average over pixels matches the definition") {
  Random random(25);
  const ByteTensor input = random_bytes(random, TensorLayout::packed({2, 9, 7, 48}));
  for (const auto& kernels : host_kernels<nn::Int8>()) {
    Tensor mean({2, 1, 1, 48});
    nn::QuantizedGlobalAvgPool(kernels, 0.25f).forward(input, mean, 2);
    for (int n = 0; n < 2; ++n) {
      for (int c = 0; c < 48; ++c) {
        double sum = 0;
        for (int y = 0; y < 9; ++y) {
          for (int x = 0; x < 7; ++x) sum += input.view().pixel(n, y, x)[c];
        }
        REQUIRE(mean.view().pixel(n, 0, 0)[c] == Approx(0.25 * sum / 63).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("given parameters that make no sense, a convolution in bytes is not built") {
  const std::vector<std::int8_t> weight(16 * 4, 1);
  const std::vector<float> scale(16, 1.0f);
  const auto build = [&](const nn::Conv2dShape& shape, nn::QuantizedConv2dParameters parameters) {
    return nn::QuantizedConv2d(shape, parameters);
  };
  const nn::QuantizedConv2dParameters good{weight, scale, {}, {1, 0}, {1, 0}, {}};
  CHECK_NOTHROW(build({4, 16}, good));
  CHECK_THROWS_WITH(build({3, 16}, good), Catch::Contains("found 3 and 16"));
  CHECK_THROWS_WITH(build({4, 12}, good), Catch::Contains("found 4 and 12"));
  CHECK_THROWS_WITH(build({8, 16}, good), Catch::Contains("expected 128 weights"));
  auto bad = good;
  bad.input.zero_point = 3;
  CHECK_THROWS_WITH(build({4, 16}, bad), Catch::Contains("zero point"));
  for (const float value : {0.0f, -1.0f, std::nanf(""), INFINITY}) {
    bad = good;
    bad.output.scale = value;
    CHECK_THROWS_WITH(build({4, 16}, bad), Catch::Contains("positive"));
  }
  bad = good;
  bad.output.scale = 1e-9f;
  CHECK_THROWS_WITH(build({4, 16}, bad), Catch::Contains("32 bits"));
}
