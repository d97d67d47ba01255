// SPDX-License-Identifier: MIT
/// @file
/// Every distinct convolution of ResNet50 on one thread, in fliqe and as the usual first attempt:
/// im2col and Eigen's matrix product, compiled for this very host. They take turns; the outputs are
/// compared first. Prints a table of milliseconds.
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "../support/layer_list.hpp"

using namespace fliqe;
using namespace fliqe::benchmarks;

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Windows as rows, then one product.
class EigenConvolution {
 public:
  EigenConvolution(const Layer& layer, const std::vector<float>& weight) : layer_(layer) {
    const nn::Conv2dShape& s = layer.shape;
    const int taps = s.kernel_height * s.kernel_width;
    weights_.resize(s.in_channels * taps, s.out_channels);
    std::size_t i = 0;
    for (int out = 0; out < s.out_channels; ++out) {
      for (int in = 0; in < s.in_channels; ++in) {
        for (int tap = 0; tap < taps; ++tap) weights_(tap * s.in_channels + in, out) = weight[i++];
      }
    }
    const TensorShape output = layer.output();
    columns_.resize(output.h * output.w, s.in_channels * taps);
    result_.resize(output.h * output.w, s.out_channels);
  }

  /// @param input  with a halo as wide as the padding
  const Matrix& run(ConstTensorView input) {
    const nn::Conv2dShape& s = layer_.shape;
    const TensorShape output = layer_.output();
    for (int y = 0; y < output.h; ++y) {
      for (int x = 0; x < output.w; ++x) {
        float* row = columns_.row(y * output.w + x).data();
        for (int ky = 0; ky < s.kernel_height; ++ky) {
          for (int kx = 0; kx < s.kernel_width; ++kx) {
            const float* pixel =
                input.pixel(0, y * s.stride - s.padding + ky, x * s.stride - s.padding + kx);
            row = std::copy_n(pixel, s.in_channels, row);
          }
        }
      }
    }
    result_.noalias() = columns_ * weights_;
    return result_;
  }

 private:
  Layer layer_;
  Matrix weights_, columns_, result_;
};

std::vector<float> random_values(std::size_t count) {
  static std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

template <class Run>
double milliseconds(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const Layer& layer) {
  const std::vector<float> weight = random_values(layer.weights());
  Tensor input = layer.make_input(), output = layer.make_output();
  for (int y = 0; y < layer.size; ++y) {
    for (int x = 0; x < layer.size; ++x) {
      const auto values = random_values(static_cast<std::size_t>(layer.shape.in_channels));
      std::copy(values.begin(), values.end(), input.view().pixel(0, y, x));
    }
  }
  const nn::Conv2d ours(layer.shape, weight);
  const nn::Conv2dPlan plan = ours.plan(input.view().layout, output.view().layout);
  EigenConvolution eigen(layer, weight);
  const auto run_ours = [&] { plan.run({input.data(), output.data()}, 1, Task{}); };
  const auto run_eigen = [&] { eigen.run(input.view()); };

  run_ours();
  const Matrix& expected = eigen.run(input.view());
  double difference = 0;
  for (int y = 0; y < layer.output().h; ++y) {
    for (int x = 0; x < layer.output().w; ++x) {
      const float* pixel = output.view().pixel(0, y, x);
      for (int c = 0; c < layer.output().c; ++c) {
        const double error = pixel[c] - expected(y * layer.output().w + x, c);
        difference = std::max(difference, std::abs(error));
      }
    }
  }
  std::vector<double> our_times, eigen_times, ratios;
  for (int round = 0; round < 60; ++round) {
    our_times.push_back(milliseconds(run_ours));
    eigen_times.push_back(milliseconds(run_eigen));
    ratios.push_back(our_times.back() / eigen_times.back());
  }
  std::printf("%-24s %8.3f %8.3f %8.3f   %.1e\n", layer.name().c_str(), median(our_times),
              median(eigen_times), median(ratios), difference);
}

}  // namespace

int main() {
  std::printf("%-24s %8s %8s %8s   %s\n", "layer", "fliqe", "Eigen", "ratio", "difference");
  for (const Layer& layer : layers_of(ResNet50::spec())) compare(layer);
}
