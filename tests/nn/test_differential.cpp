// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/nn/nn.hpp>
#include <string>
#include <vector>

#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// A random layer that takes maps of `input`; the same for every instruction set.
class RandomLayer {
 public:
  RandomLayer(Random& random, const TensorShape& input) : kind_(kind_for(random, input)) {
    if (kind_ == Kind::max_pool) {
      kernel_ = random.between(1, 3);
      stride_ = random.between(1, 2);
      return;
    }
    shape_.in_channels = input.c;
    shape_.out_channels =
        kind_ == Kind::convolution ? random.between(1, 160) : 16 * random.between(1, 8);
    shape_.kernel_height = kind_ == Kind::convolution ? random.between(1, 4) : 3;
    shape_.kernel_width = kind_ == Kind::convolution ? random.between(1, 4) : 3;
    shape_.stride = kind_ == Kind::convolution ? random.between(1, 2) : 1;
    shape_.padding = kind_ == Kind::convolution ? random.between(0, 2) : 1;
    const auto outputs = static_cast<std::size_t>(shape_.out_channels);
    weight_ = random.vector(outputs * shape_.weights_per_output(),
                            1 / std::sqrt(static_cast<float>(shape_.weights_per_output())));
    bias_ = random.vector(outputs, 0.2f);
    relu_ = random.between(0, 1) == 1;
  }

  Tensor run(const Tensor& input, Isa isa) const {
    if (kind_ == Kind::max_pool) {
      const nn::MaxPool2d layer(kernel_, stride_, kernel_ / 2, isa);
      Tensor output(layer.output_shape(input.shape()));
      layer.forward(input, output, 2);
      return output;
    }
    if (kind_ == Kind::winograd) return run_winograd(input, isa);
    const nn::Conv2d layer(shape_, weight_, bias_, {}, isa);
    Tensor output(layer.output_shape(input.shape()));
    layer.forward(input, output, {.residual = {}, .relu = relu_, .threads = 2});
    return output;
  }

  std::string name() const {
    if (kind_ == Kind::max_pool) return "max pool " + std::to_string(kernel_);
    return (kind_ == Kind::winograd ? "winograd " : "convolution ") +
           std::to_string(shape_.in_channels) + "->" + std::to_string(shape_.out_channels);
  }

 private:
  enum class Kind { convolution, winograd, max_pool };

  static Kind kind_for(Random& random, const TensorShape& input) {
    if (input.c % 16 == 0 && random.between(0, 1) == 1) return Kind::winograd;
    return random.between(0, 4) == 0 ? Kind::max_pool : Kind::convolution;
  }

  Tensor run_winograd(const Tensor& input, Isa isa) const {
    const int tile = input.shape().h % 4 < 2 ? 4 : 2;
    const nn::WinogradConv2d layer(shape_, tile, weight_, bias_, {}, isa);
    Tensor output(nn::convolved_shape(shape_, input.shape()));
    layer.forward(input, output, {.residual = {}, .relu = relu_, .threads = 1});
    return output;
  }

  Kind kind_;
  int kernel_ = 0, stride_ = 0;
  nn::Conv2dShape shape_;
  std::vector<float> weight_, bias_;
  bool relu_ = false;
};

double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.shape().elements(); ++i) {
    const double difference = std::abs(static_cast<double>(a.data()[i]) - b.data()[i]);
    largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
  }
  return largest;
}

}  // namespace

TEST_CASE("given random chains of layers, all instruction sets of the host agree") {
  const unsigned seed = GENERATE(range(1000u, 1060u));
  Random random(seed);
  const TensorShape first{
      random.between(1, 2), random.between(8, 40), random.between(8, 40),
      random.between(0, 1) == 1 ? 16 * random.between(1, 6) : random.between(1, 70)};
  const Tensor input = random.tensor(first);
  const std::vector<Isa> isas = host_isas();
  std::vector<Tensor> maps;
  std::string chain = to_string(first);
  for (int depth = 0; depth < 6; ++depth) {
    const TensorShape shape = maps.empty() ? first : maps[0].shape();
    if (shape.h < 6 || shape.w < 6) break;
    const RandomLayer layer(random, shape);
    chain += ", " + layer.name();
    std::vector<Tensor> next;
    for (std::size_t i = 0; i < isas.size(); ++i) {
      next.push_back(layer.run(maps.empty() ? input : maps[i], isas[i]));
    }
    maps = std::move(next);
    for (std::size_t i = 1; i < isas.size(); ++i) {
      INFO(chain << ": " << to_string(isas[i]) << " and " << to_string(isas[0]));
      // Values are about 1; one product too many or too few would be 0.01.
      CHECK(largest_difference(maps[0], maps[i]) < 1e-4);
    }
  }
}
