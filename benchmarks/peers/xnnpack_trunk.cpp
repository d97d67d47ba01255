// SPDX-License-Identifier: MIT
/// @file
/// The convolutions and additions of the full-size trunk in XNNPACK, to count what they execute:
/// all tensors are zero. One thread; pooling is left out. Built by arm/estimate.sh.
/// Usage: xnnpack_trunk f32|int8 RUNS
#include <xnnpack.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/operations.hpp>
#include <string_view>
#include <vector>

using namespace fliqe;
using model::Operation;
using model::OperationKind;

namespace {

void require(xnn_status status, const char* what) {
  if (status == xnn_status_success) return;
  std::fprintf(stderr, "XNNPACK: %s failed with status %d\n", what, static_cast<int>(status));
  std::exit(1);
}

/// XNNPACK's names for each element type.
template <class Element>
struct Functions;

template <>
struct Functions<float> {
  static xnn_operator_t convolution(const nn::Conv2dShape& s, bool relu) {
    const std::vector<float> weights(s.out_channels * s.weights_per_output()),
        bias(static_cast<std::size_t>(s.out_channels));
    const auto pad = static_cast<std::uint32_t>(s.padding),
               kernel = static_cast<std::uint32_t>(s.kernel_width),
               stride = static_cast<std::uint32_t>(s.stride);
    const auto in = static_cast<std::size_t>(s.in_channels),
               out = static_cast<std::size_t>(s.out_channels);
    xnn_operator_t result = nullptr;
    require(xnn_create_convolution2d_nhwc_f32(pad, pad, pad, pad, kernel, kernel, stride, stride, 1,
                                              1, 1, in, out, in, out, weights.data(), bias.data(),
                                              relu ? 0.0f : -1e30f, 1e30f, 0, &result),
            "creating a convolution");
    return result;
  }
  static constexpr auto setup_convolution = xnn_setup_convolution2d_nhwc_f32;
  static xnn_operator_t addition() {
    xnn_operator_t result = nullptr;
    require(xnn_create_add_nd_f32(0.0f, 1e30f, 0, &result), "creating an addition");
    return result;
  }
  static constexpr auto setup_addition = xnn_setup_add_nd_f32;
};

template <>
struct Functions<std::int8_t> {
  static xnn_operator_t convolution(const nn::Conv2dShape& s, bool relu) {
    const std::vector<std::int8_t> weights(s.out_channels * s.weights_per_output());
    const std::vector<std::int32_t> bias(static_cast<std::size_t>(s.out_channels));
    const std::vector<float> scale(static_cast<std::size_t>(s.out_channels), 0.01f);
    const auto pad = static_cast<std::uint32_t>(s.padding),
               kernel = static_cast<std::uint32_t>(s.kernel_width),
               stride = static_cast<std::uint32_t>(s.stride);
    const auto in = static_cast<std::size_t>(s.in_channels),
               out = static_cast<std::size_t>(s.out_channels);
    xnn_operator_t result = nullptr;
    require(xnn_create_convolution2d_nhwc_qc8(pad, pad, pad, pad, kernel, kernel, stride, stride, 1,
                                              1, 1, in, out, in, out, 0, 0.5f, scale.data(),
                                              weights.data(), bias.data(), 0, 0.5f, relu ? 0 : -128,
                                              127, 0, &result),
            "creating a convolution");
    return result;
  }
  static constexpr auto setup_convolution = xnn_setup_convolution2d_nhwc_qc8;
  static xnn_operator_t addition() {
    xnn_operator_t result = nullptr;
    require(xnn_create_add_nd_qs8(0, 0.5f, 0, 0.5f, 0, 0.5f, 0, 127, 0, &result),
            "creating an addition");
    return result;
  }
  static constexpr auto setup_addition = xnn_setup_add_nd_qs8;
};

template <class Element>
void run(int runs) {
  using F = Functions<Element>;
  constexpr std::size_t largest = 112 * 112 * 64 + 4096;
  // Convolutions read one and write another; what is in them does not matter.
  std::vector<Element> input(largest), output(largest), residual(largest);
  struct Step {
    xnn_operator_t convolution, addition;
    std::size_t size;
    std::size_t elements;
  };
  std::vector<Step> steps;
  std::vector<int> sizes;
  for (const Operation& operation :
       model::OperationList::of(ResNet50::spec(), model::ModelKind::trunk)) {
    const nn::Conv2dShape& s = operation.shape;
    const int size = operation.input < 0 ? 224 : sizes[static_cast<std::size_t>(operation.input)];
    const int out = (size + 2 * s.padding - s.kernel_height) / s.stride + 1;
    sizes.push_back(out);
    if (operation.kind != OperationKind::convolution) continue;
    const bool adds = operation.residual >= 0;
    steps.push_back({F::convolution(s, operation.relu && !adds), adds ? F::addition() : nullptr,
                     static_cast<std::size_t>(size),
                     static_cast<std::size_t>(out) * static_cast<std::size_t>(out) *
                         static_cast<std::size_t>(s.out_channels)});
  }
  for (int i = 0; i < runs; ++i) {
    for (const Step& step : steps) {
      require(F::setup_convolution(step.convolution, 1, step.size, step.size, input.data(),
                                   output.data(), nullptr),
              "setting up a convolution");
      require(xnn_run_operator(step.convolution, nullptr), "a convolution");
      if (step.addition == nullptr) continue;
      require(F::setup_addition(step.addition, 1, &step.elements, 1, &step.elements, output.data(),
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
