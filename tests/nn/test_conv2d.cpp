// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

struct Case {
  nn::Conv2dShape shape;
  int height;
  int width;
  int batch = 1;
};

/// Every instruction set of the host against the reference, with and without residual and ReLU.
void check(const Case& test, unsigned seed) {
  const nn::Conv2dShape& shape = test.shape;
  Random random(seed);
  const float deviation = 1.0f / std::sqrt(static_cast<float>(shape.weights_per_output()));
  const auto outputs = static_cast<std::size_t>(shape.out_channels);
  const auto weight = random.vector(outputs * shape.weights_per_output(), deviation);
  const auto bias = random.vector(outputs);
  const Tensor input = random.tensor({test.batch, test.height, test.width, shape.in_channels});
  const TensorShape output_shape = nn::Conv2d(shape, weight, bias).output_shape(input.shape());
  const Tensor residual = random.tensor(output_shape);
  const ConstTensorView residual_view = residual.view();

  for (const bool full : {false, true}) {
    const References expected = convolve(input.view(), shape, weight, bias, output_shape,
                                         full ? &residual_view : nullptr, full);
    for (const Isa isa : host_isas()) {
      const nn::Conv2d layer(shape, weight, bias, {}, isa);
      Tensor output(output_shape);
      nn::Conv2dOptions options{.residual = {}, .relu = full, .threads = 2};
      if (full) options.residual = residual_view;
      layer.forward(input, output, options);
      INFO(shape.in_channels << "->" << shape.out_channels << " kernel " << shape.kernel_height
                             << "x" << shape.kernel_width << " stride " << shape.stride
                             << " padding " << shape.padding << " on " << test.height << "x"
                             << test.width << " isa " << to_string(isa));
      CHECK(worst_error(expected, output.view()) <= 1.0);
    }
  }
}

}  // namespace

TEST_CASE("given the convolutions of ResNet50, every kernel set matches the reference") {
  const int width = GENERATE(64, 16);
  const auto [h, w] = GENERATE(table<int, int>({{14, 14}, {7, 7}}));
  for (const int scale : {1, 2}) {
    const int mid = width * scale, out = mid * 4;
    check({{out, mid, 1, 1, 1, 0}, h, w}, 1);
    check({{mid, mid, 3, 3, 1, 1}, h, w}, 2);
    check({{mid, mid, 3, 3, 2, 1}, h, w}, 3);
    check({{mid, out, 1, 1, 1, 0}, h, w}, 4);
    check({{out, 2 * out, 1, 1, 2, 0}, h, w}, 5);
  }
}

TEST_CASE("given the stem and the widest maps, every kernel set matches the reference") {
  check({{3, 64, 7, 7, 2, 3}, 56, 56}, 6);
  check({{3, 16, 7, 7, 2, 3}, 224, 224}, 7);
  check({{16, 64, 1, 1, 1, 0}, 56, 56}, 8);
  check({{16, 16, 3, 3, 1, 1}, 56, 56}, 9);
}

TEST_CASE("given the deepest reductions, every kernel set matches the reference") {
  check({{512, 40, 3, 3, 1, 1}, 7, 7}, 10);
  check({{2048, 72, 1, 1, 1, 0}, 7, 7}, 11);
}

TEST_CASE("given odd shapes, every kernel set matches the reference") {
  const unsigned seed = GENERATE(range(100u, 160u));
  Random random(seed);
  nn::Conv2dShape shape;
  shape.in_channels = random.between(1, 37);
  shape.out_channels = random.between(1, 70);
  shape.kernel_height = random.between(1, 5);
  shape.kernel_width = random.between(1, 5);
  shape.stride = random.between(1, 3);
  shape.padding = random.between(0, 3);
  const int least = std::max(shape.kernel_height, shape.kernel_width);
  check({shape, random.between(least, 24), random.between(least, 24), random.between(1, 3)}, seed);
}

TEST_CASE("given pixels that lie apart, a convolution reads and writes between the gaps") {
  Random random(3);
  const int kernel = GENERATE(1, 3);
  const nn::Conv2dShape shape{20, 24, kernel, kernel, 1, kernel / 2};
  const auto weight = random.vector(24 * shape.weights_per_output(), 0.1f);
  const Tensor input = random.tensor({1, 9, 8, 20});
  const TensorShape out_shape{1, 9, 8, 24};
  const References expected = convolve(input.view(), shape, weight, {}, out_shape, nullptr, false);

  const TensorLayout in_layout = TensorLayout::packed(input.shape(), kernel / 2, 36);
  auto in_memory = AlignedBuffer<float>::zeroed(in_layout.image_size());
  const TensorView spread_input{in_memory.data(), in_layout};
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 8; ++x) {
      std::copy_n(input.view().pixel(0, y, x), 20, spread_input.pixel(0, y, x));
    }
  }
  const TensorLayout out_layout = TensorLayout::packed(out_shape, 1, 40);
  auto out_memory = AlignedBuffer<float>::zeroed(out_layout.image_size());
  const TensorView spread_output{out_memory.data(), out_layout};

  nn::Conv2d(shape, weight).forward(spread_input, spread_output);

  CHECK(worst_error(expected, spread_output) <= 1.0);
  double outside = 0;  // the gaps and the halo
  for (const float value : out_memory) outside += std::abs(value);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 8; ++x) {
      for (int c = 0; c < 24; ++c) outside -= std::abs(spread_output.pixel(0, y, x)[c]);
    }
  }
  CHECK(outside == Approx(0).margin(1e-9));
}

TEST_CASE("given any number of threads, a convolution gives the same bits") {
  Random random(5);
  const nn::Conv2dShape shape{33, 70, 3, 3, 1, 1};
  const auto weight = random.vector(70 * shape.weights_per_output(), 0.1f);
  const Tensor input = random.tensor({3, 13, 11, 33});
  const nn::Conv2d layer(shape, weight);
  Tensor once(layer.output_shape(input.shape()));
  layer.forward(input, once, {.residual = {}, .relu = false, .threads = 1});
  for (const int threads : {2, 3, 5, 8, 17}) {
    Tensor again(once.shape());
    layer.forward(input, again, {.residual = {}, .relu = false, .threads = threads});
    CHECK(std::memcmp(once.data(), again.data(), once.shape().elements() * sizeof(float)) == 0);
  }
}

TEST_CASE("given a batch normalisation, folding it equals applying it afterwards") {
  Random random(6);
  const nn::Conv2dShape shape{12, 19, 3, 3, 1, 1};
  const auto weight = random.vector(19 * shape.weights_per_output(), 0.1f);
  const auto bias = random.vector(19);
  const auto gamma = random.vector(19), beta = random.vector(19), mean = random.vector(19);
  auto variance = random.vector(19);
  for (float& value : variance) value = value * value + 0.1f;
  const nn::BatchNormParameters parameters{gamma, beta, mean, variance};
  const Tensor input = random.tensor({2, 6, 5, 12});

  const nn::Conv2d plain(shape, weight, bias);
  Tensor expected(plain.output_shape(input.shape()));
  plain.forward(input, expected);
  nn::BatchNorm2d(parameters).forward(expected, expected);

  Tensor folded(expected.shape());
  nn::Conv2d(shape, weight, bias, nn::to_affine(parameters)).forward(input, folded);
  for (std::size_t i = 0; i < expected.shape().elements(); ++i) {
    REQUIRE(folded.data()[i] == Approx(expected.data()[i]).margin(1e-4));
  }
}

TEST_CASE("given sizes that do not fit, a convolution says what it expected and found") {
  const std::vector<float> weight(2 * 3 * 9);
  const nn::Conv2dShape shape{3, 2, 3, 3, 1, 0};
  CHECK_THROWS_WITH(nn::Conv2d(shape, std::vector<float>(5)),
                    Catch::Contains("expected 54 values, found 5"));
  CHECK_THROWS_WITH(nn::Conv2d(shape, weight, std::vector<float>(3)),
                    Catch::Contains("expected 2 values, found 3"));
  CHECK_THROWS_AS(nn::Conv2d({3, 2, 3, 3, 0, 0}, weight), Error);
  const nn::Conv2d layer(shape, weight);
  CHECK_THROWS_WITH(layer.output_shape({1, 9, 9, 4}), Catch::Contains("expected 3 input channels"));
  CHECK_THROWS_AS(layer.output_shape({1, 2, 9, 3}), Error);
  Tensor input({1, 9, 9, 3}), output({1, 9, 9, 2});
  CHECK_THROWS_WITH(layer.forward(input, output), Catch::Contains("1x7x7x2"));
}

TEST_CASE("given a weight that is NaN or infinite, a convolution is not built") {
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
               -std::numeric_limits<float>::infinity());
  std::vector<float> weight(8 * 4, 0.5f);
  weight[17] = bad;
  try {
    nn::Conv2d({4, 8}, weight);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::non_finite);
  }
}

TEST_CASE("given a NaN in the input, ReLU does not hide it") {
  for (const Isa isa : host_isas()) {
    const nn::Conv2d layer({1, 40}, std::vector<float>(40, 1.0f), {}, {}, isa);
    Tensor input({1, 1, 3, 1}), output({1, 1, 3, 40});
    input.data()[1] = std::numeric_limits<float>::quiet_NaN();
    layer.forward(input, output, {.residual = {}, .relu = true, .threads = 1});
    CHECK(output.data()[0] == 0.0f);
    CHECK(std::isnan(output.data()[40]));
    CHECK(std::isnan(output.data()[79]));
  }
}
