// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>

#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

Tensor run(const nn::WinogradConv2d& layer, const Tensor& input, const Tensor* residual, bool relu,
           int threads) {
  Tensor output(layer.output_shape(input.shape()));
  nn::Conv2dOptions options{.residual = {}, .relu = relu, .threads = threads};
  if (residual != nullptr) options.residual = residual->view();
  layer.forward(input, output, options);
  return output;
}

/// The method mixes all pixels of a tile, so its error is bounded by the largest sum of magnitudes
/// within the tile, not by each output's own (Barabasz et al., "Error Analysis and Improving the
/// Accuracy of Winograd Convolution", 2020).
void share_magnitudes(References& references, const TensorShape& shape, int tile) {
  const auto at = [&](int n, int y, int x, int c) -> Reference& {
    return references[((static_cast<std::size_t>(n) * shape.h + y) * shape.w + x) * shape.c + c];
  };
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; y += tile) {
      for (int x = 0; x < shape.w; x += tile) {
        for (int c = 0; c < shape.c; ++c) {
          double largest = 0;
          const int bottom = std::min(y + tile, shape.h), right = std::min(x + tile, shape.w);
          for (int i = y; i < bottom; ++i) {
            for (int j = x; j < right; ++j) largest = std::max(largest, at(n, i, j, c).magnitude);
          }
          for (int i = y; i < bottom; ++i) {
            for (int j = x; j < right; ++j) at(n, i, j, c).magnitude = largest;
          }
        }
      }
    }
  }
}

void check(const nn::Conv2dShape& shape, int tile, int height, int width, int batch,
           unsigned seed) {
  Random random(seed);
  const auto outputs = static_cast<std::size_t>(shape.out_channels);
  const auto weight = random.vector(outputs * shape.weights_per_output(), 0.1f);
  const auto bias = random.vector(outputs);
  const Tensor input = random.tensor({batch, height, width, shape.in_channels}, shape.padding);
  const TensorShape output = nn::convolved_shape(shape, input.shape());
  const Tensor residual = random.tensor(output, random.between(0, 1));
  const ConstTensorView residual_view = residual.view();
  for (const bool full : {false, true}) {
    References expected =
        convolve(input.view(), shape, weight, bias, output, full ? &residual_view : nullptr, full);
    share_magnitudes(expected, output, tile);
    for (const Isa isa : host_isas()) {
      const nn::WinogradConv2d layer(shape, tile, weight, bias, {}, isa);
      INFO(shape.in_channels << "->" << shape.out_channels << " tile " << tile << " on " << height
                             << "x" << width << " x" << batch << " isa " << to_string(isa));
      const double error =
          worst_error(expected, run(layer, input, full ? &residual : nullptr, full, 2).view());
      CAPTURE(error);
      CHECK(error <= 1.0);
    }
  }
}

}  // namespace

TEST_CASE("given the 3x3 layers of ResNet50, Winograd's method matches the reference") {
  check({64, 64, 3, 3, 1, 1}, 4, 56, 56, 1, 1);
  check({128, 128, 3, 3, 1, 1}, 4, 28, 28, 1, 2);
  check({256, 96, 3, 3, 1, 1}, 2, 14, 14, 1, 3);
  check({512, 32, 3, 3, 1, 1}, 2, 7, 7, 1, 4);
  check({128, 32, 3, 3, 1, 1}, 4, 14, 14, 1, 5);
}

TEST_CASE("given odd channels, maps, paddings and batches, Winograd's method still matches") {
  const int tile = GENERATE(2, 4);
  const unsigned seed = GENERATE(range(200u, 212u));
  Random random(seed);
  nn::Conv2dShape shape{16 * random.between(1, 4), 16 * random.between(1, 5), 3, 3, 1, 0};
  shape.padding = random.between(0, 2);
  check(shape, tile, random.between(3, 20), random.between(3, 20), random.between(1, 4), seed);
}

TEST_CASE("given any threads and batch, Winograd's method gives the same bits") {
  Random random(7);
  const int tile = GENERATE(2, 4);
  const nn::Conv2dShape shape{48, 80, 3, 3, 1, 1};
  const auto weight = random.vector(80 * shape.weights_per_output(), 0.1f);
  const nn::WinogradConv2d layer(shape, tile, weight);
  const Tensor images = random.tensor({5, 20, 12, 48}, 1);
  const Tensor together = run(layer, images, nullptr, true, 1);
  const std::size_t image_size = 20 * 12 * 80;

  for (const int threads : {2, 3, 8, 17}) {
    const Tensor again = run(layer, images, nullptr, true, threads);
    CHECK(std::memcmp(together.data(), again.data(), 5 * image_size * sizeof(float)) == 0);
  }
  Tensor single({1, 20, 12, 48}, 1);
  for (int image = 0; image < 5; ++image) {
    const auto stride = static_cast<std::size_t>(images.view().layout.image_stride);
    std::copy_n(images.data() + static_cast<std::size_t>(image) * stride, stride, single.data());
    const Tensor alone = run(layer, single, nullptr, true, 2);
    CHECK(std::memcmp(together.data() + static_cast<std::size_t>(image) * image_size, alone.data(),
                      image_size * sizeof(float)) == 0);
  }
}

TEST_CASE("given a layer that Winograd's method cannot compute, construction names what it takes") {
  const std::vector<float> weight(16 * 16 * 9);
  CHECK_THROWS_WITH(nn::WinogradConv2d({16, 16, 3, 3, 2, 1}, 4, weight),
                    Catch::Contains("3x3 kernel of stride 1"));
  CHECK_THROWS_WITH(nn::WinogradConv2d({16, 16, 3, 3, 1, 1}, 3, weight),
                    Catch::Contains("tile 2 or 4"));
  CHECK_THROWS_WITH(nn::WinogradConv2d({16, 16, 3, 3, 1, 1}, 4, std::span(weight).first(9)),
                    Catch::Contains("expected 2304 values, found 9"));

  const nn::WinogradConv2d layer({16, 16, 3, 3, 1, 1}, 4, weight);
  const Tensor input({1, 8, 8, 16}, 1), no_halo({1, 8, 8, 16});
  const TensorLayout output = Tensor({1, 8, 8, 16}).view().layout;
  CHECK_THROWS_WITH(layer.plan(no_halo.view().layout, output), Catch::Contains("halo"));
  const TensorLayout narrower = Tensor({1, 8, 4, 16}).view().layout;
  CHECK_THROWS_WITH(layer.plan(input.view().layout, output, {.residual = &narrower}),
                    Catch::Contains("residual"));
}

TEST_CASE("given a weight that is not finite, Winograd's method refuses it") {
  std::vector<float> weight(16 * 16 * 9, 0.5f);
  weight[100] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(nn::WinogradConv2d({16, 16, 3, 3, 1, 1}, 2, weight), Error);
}
