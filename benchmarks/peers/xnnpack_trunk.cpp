// SPDX-License-Identifier: MIT
/// @file
/// The convolutions and additions of the full-size trunk in XNNPACK, to count what they execute:
/// all tensors are zero. One thread; pooling is left out. Built by arm/peers.sh.
/// Usage: xnnpack_trunk f32|int8 RUNS
#include <xnnpack.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/operations.hpp>
#include <string_view>
#include <vector>

#include "../support/layer_list.hpp"

using namespace fliqe;

namespace {

void require(xnn_status status, const char* what) {
  if (status == xnn_status_success) return;
  std::fprintf(stderr, "XNNPACK: %s failed with status %d\n", what, static_cast<int>(status));
  std::exit(1);
}

/// Calls XNNPACK's function that creates a convolution; `constants` are what differs by precision.
template <class Create, class... Constants>
xnn_operator_t created(Create create, const nn::Conv2dShape& s, Constants... constants) {
  const auto pad = static_cast<std::uint32_t>(s.padding);
  const auto kernel = static_cast<std::uint32_t>(s.kernel_width);
  const auto stride = static_cast<std::uint32_t>(s.stride);
  const auto in = static_cast<std::size_t>(s.in_channels);
  const auto out = static_cast<std::size_t>(s.out_channels);
  xnn_operator_t result = nullptr;
  require(create(pad, pad, pad, pad, kernel, kernel, stride, stride, 1, 1, 1, in, out, in, out,
                 constants..., 0, &result),
          "creating a convolution");
  return result;
}

/// XNNPACK's functions for each element type.
template <class Element>
struct Functions;

template <>
struct Functions<float> {
  static constexpr auto setup_convolution = xnn_setup_convolution2d_nhwc_f32;
  static constexpr auto setup_addition = xnn_setup_add_nd_f32;

  static xnn_operator_t convolution(const nn::Conv2dShape& s, bool relu) {
    const std::vector<float> weights(s.out_channels * s.weights_per_output());
    const std::vector<float> bias(static_cast<std::size_t>(s.out_channels));
    return created(xnn_create_convolution2d_nhwc_f32, s, weights.data(), bias.data(),
                   relu ? 0.0f : -1e30f, 1e30f);
  }
  static xnn_status create_addition(xnn_operator_t& result) {
    return xnn_create_add_nd_f32(0.0f, 1e30f, 0, &result);
  }
};

template <>
struct Functions<std::int8_t> {
  static constexpr auto setup_convolution = xnn_setup_convolution2d_nhwc_qc8;
  static constexpr auto setup_addition = xnn_setup_add_nd_qs8;

  static xnn_operator_t convolution(const nn::Conv2dShape& s, bool relu) {
    const std::vector<std::int8_t> weights(s.out_channels * s.weights_per_output());
    const std::vector<std::int32_t> bias(static_cast<std::size_t>(s.out_channels));
    const std::vector<float> scale(static_cast<std::size_t>(s.out_channels), 0.01f);
    return created(xnn_create_convolution2d_nhwc_qc8, s, 0, 0.5f, scale.data(), weights.data(),
                   bias.data(), 0, 0.5f, relu ? 0 : -128, 127);
  }
  static xnn_status create_addition(xnn_operator_t& result) {
    return xnn_create_add_nd_qs8(0, 0.5f, 0, 0.5f, 0, 0.5f, 0, 127, 0, &result);
  }
};

struct Step {
  xnn_operator_t convolution = nullptr, addition = nullptr;
  std::size_t input_size = 0, outputs = 0;
};

template <class Element>
std::vector<Step> make_steps() {
  using F = Functions<Element>;
  const NetworkSpec spec = ResNet50::spec();
  const auto operations = model::OperationList::of(spec, model::ModelKind::trunk);
  const std::vector<int> sizes = benchmarks::output_sizes(spec, operations);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const model::Operation& operation = operations[i];
    if (operation.kind != model::OperationKind::convolution) continue;
    const bool adds = operation.residual >= 0;
    const auto size = static_cast<std::size_t>(sizes[i]);
    Step step{F::convolution(operation.shape, operation.relu && !adds), nullptr,
              static_cast<std::size_t>(benchmarks::input_size(spec, sizes, operation)),
              size * size * static_cast<std::size_t>(operation.shape.out_channels)};
    if (adds) require(F::create_addition(step.addition), "creating an addition");
    steps.push_back(step);
  }
  return steps;
}

template <class Element>
void run(int runs) {
  using F = Functions<Element>;
  constexpr std::size_t largest = 112 * 112 * 64 + 4096;
  // Convolutions read one and write another; what is in them does not matter.
  std::vector<Element> input(largest), output(largest), residual(largest);
  const std::vector<Step> steps = make_steps<Element>();
  for (int i = 0; i < runs; ++i) {
    for (const Step& step : steps) {
      require(F::setup_convolution(step.convolution, 1, step.input_size, step.input_size,
                                   input.data(), output.data(), nullptr),
              "setting up a convolution");
      require(xnn_run_operator(step.convolution, nullptr), "a convolution");
      if (step.addition == nullptr) continue;
      require(F::setup_addition(step.addition, 1, &step.outputs, 1, &step.outputs, output.data(),
                                residual.data(), input.data(), nullptr),
              "setting up an addition");
      require(xnn_run_operator(step.addition, nullptr), "an addition");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  require(xnn_initialize(nullptr), "the beginning");
  if (std::string_view(argv[1]) == "int8") {
    run<std::int8_t>(std::atoi(argv[2]));
  } else {
    run<float>(std::atoi(argv[2]));
  }
}
