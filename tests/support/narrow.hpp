// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/nn/nn.hpp>
#include <vector>

#include "support/matrix_emulator.hpp"

namespace fliqe::test {

/// The ways of multiplying small elements that this host can go, matrix registers included: where
/// it has none they are emulated.
template <class Table>
std::vector<const Table*> host_tables() {
  std::vector<const Table*> tables = kernels::narrow_tables<Table>(all_isas.back());
#if FLIQE_TEST_EMULATES_MATRICES
  if (is_supported(Isa::avx512) && !is_supported(Isa::amx)) {
    emulate_matrices();  // each time, since Catch takes the signal for each test case
    for (const Table* table : kernels::compiled_narrow_tables<Table>()) {
      if (table->isa == Isa::amx) tables.push_back(table);
    }
  }
#endif
  return tables;
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
