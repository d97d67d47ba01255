// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/nn/nn.hpp>
#include <vector>

namespace fliqe::test {

/// The ways of multiplying small elements that this host can go.
template <class Table>
std::vector<const Table*> host_tables() {
  return kernels::narrow_tables<Table>(all_isas.back());
}

/// What a convolution of small elements reads and writes.
template <class Layer>
using Elements = BasicTensor<typename Layer::Job::Element>;

/// Runs such a convolution; `residual` may be null.
template <class Layer>
Elements<Layer> run_narrow(const Layer& layer, const typename Layer::Job& job,
                           const Elements<Layer>& input, const Elements<Layer>* residual,
                           int threads) {
  Elements<Layer> output(layer.output_shape(input.shape()));
  const TensorLayout added = residual != nullptr ? residual->view().layout : TensorLayout{};
  const nn::ConvolutionPlan<Layer> plan(layer, job, input.view().layout, output.view().layout,
                                        residual != nullptr ? &added : nullptr);
  parallel(threads, [&](const Team& team) {
    plan.run(input.data(), output.data(), residual != nullptr ? residual->data() : nullptr,
             output.shape().n, team);
  });
  return output;
}

}  // namespace fliqe::test
