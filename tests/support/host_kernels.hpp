// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/nn/nn.hpp>
#include <vector>

#include "support/matrix_emulator.hpp"

namespace fliqe::test {

/// The kernels of an arithmetic that this host can run, matrix registers included: where it has
/// none they are emulated.
template <class Arithmetic>
std::vector<nn::Kernels<Arithmetic>> host_kernels() {
  auto kernels = nn::Kernels<Arithmetic>::usable();
#if FLIQE_TEST_EMULATES_MATRICES
  if (is_supported(Isa::avx512) && !is_supported(Isa::amx)) {
    emulate_matrices();  // each time, since Catch takes the signal for each test case
    for (const auto& each : nn::Kernels<Arithmetic>::all()) {
      if (each.variant().uses_matrices) kernels.push_back(each);
    }
  }
#endif
  return kernels;
}

/// The output of a convolution of any precision; `residual` may be null.
template <class Layer>
auto convolved(const Layer& layer, const BasicTensor<typename Layer::Element>& input,
               const BasicTensor<typename Layer::Element>* residual, bool relu, int threads) {
  BasicTensor<typename Layer::Element> output(layer.output_shape(input.shape()));
  typename Layer::Options options{.residual = {}, .relu = relu, .threads = threads};
  if (residual != nullptr) options.residual = residual->view();
  layer.forward(input, output, options);
  return output;
}

}  // namespace fliqe::test
