// SPDX-License-Identifier: MIT
/// @file
/// Every distinct convolution of both networks, alone: GFLOPS and the share of the multiply-add
/// units' measured peak, by instruction set and threads. Those of Winograd's method count the
/// operations of the direct convolution, too, and may exceed the peak. Those in bf16 and int8, by
/// kernels, are compared with the same peak.
#include <benchmark/benchmark.h>

#include <set>
#include <string>
#include <vector>

#include "support/fma_peak.hpp"
#include "support/layer_list.hpp"

using namespace fliqe;
using namespace fliqe::benchmarks;

namespace {

struct Setting {
  Isa isa;
  int threads;
};

/// Measures `run()`, which computes the layer once.
template <class Run>
void measure(benchmark::State& state, const Layer& layer, const Setting& setting, const Run& run) {
  const double peak = fma_peak(setting.isa, setting.threads);
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  state.counters["GFLOPS"] = Counter(layer.operations() * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["percent_of_peak"] =
      Counter(100 * layer.operations() / peak, Counter::kIsIterationInvariantRate);
}

/// Runs a plan of `layer`, of any precision, repeatedly.
template <class Convolution>
void run_plan(benchmark::State& state, const Layer& layer, const Convolution& convolution,
              const Setting& setting) {
  using Element = typename Convolution::Element;
  const auto tensor = [](const TensorShape& shape, int halo, int stride) {
    return BasicTensor<Element>::with_layout(
        TensorLayout::spread(shape, halo, stride, sizeof(Element)));
  };
  auto input = tensor(layer.input(), layer.shape.padding, layer.shape.stride);
  auto output = tensor(layer.output(), 0, 1);
  const auto plan = convolution.plan(input.view().layout, output.view().layout);
  const std::size_t scratch_size = plan.scratch_size();
  AlignedBuffer<float> scratch(scratch_size * static_cast<std::size_t>(setting.threads));
  measure(state, layer, setting, [&] {
    parallel(setting.threads, [&](const Team& team) {
      float* mine = scratch.data() + scratch_size * static_cast<std::size_t>(team.index());
      plan.run({input.data(), output.data(), nullptr, mine}, 1, team.task());
    });
  });
}

void run_direct(benchmark::State& state, const Layer& layer, const Setting& setting) {
  const std::vector<float> weight(layer.weights(), 0.01f);
  run_plan(state, layer, nn::Conv2d(layer.shape, weight, {}, {}, setting.isa), setting);
}

void run_winograd(benchmark::State& state, const Layer& layer, int tile, const Setting& setting) {
  const std::vector<float> weight(layer.weights(), 0.01f);
  run_plan(state, layer, nn::WinogradConv2d(layer.shape, tile, weight, {}, {}, setting.isa),
           setting);
}

void run_with(benchmark::State& state, const Layer& layer, const nn::Kernels<nn::Int8>& kernels,
              const Setting& setting) {
  const std::vector<std::int8_t> weight(layer.weights(), 1);
  const std::vector<float> scale(static_cast<std::size_t>(layer.shape.out_channels), 0.01f);
  const nn::QuantizedConv2dParameters parameters{weight, scale, {}, {}, {}, {}};
  run_plan(state, layer, nn::QuantizedConv2d(layer.shape, parameters, kernels), setting);
}

void run_with(benchmark::State& state, const Layer& layer, const nn::Kernels<nn::Bf16>& kernels,
              const Setting& setting) {
  const std::vector<float> weight(layer.weights(), 0.01f);
  run_plan(state, layer, nn::Bf16Conv2d(layer.shape, weight, {}, {}, kernels), setting);
}

template <class Arithmetic>
void register_reduced(const std::string& network, const Layer& layer, const std::string& precision,
                      int threads) {
  if (layer.shape.in_channels == 3) return;  // the stem stays in floats
  for (const auto& kernels : nn::Kernels<Arithmetic>::usable()) {
    const std::string name = network + "/" + layer.name() + "/" + precision + "/" +
                             std::string(kernels.variant().name) +
                             "/threads:" + std::to_string(threads);
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      run_with(state, layer, kernels, {kernels.variant().isa, threads});
    })->UseRealTime();
  }
}

void register_layer(const std::string& network, const Layer& layer, const Setting& setting) {
  const std::string name = network + "/" + layer.name() + "/" +
                           std::string(to_string(setting.isa)) +
                           "/threads:" + std::to_string(setting.threads);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    run_direct(state, layer, setting);
  })->UseRealTime();
  for (const int tile : {2, 4}) {
    if (!nn::WinogradConv2d::supports(layer.shape, tile)) continue;
    benchmark::RegisterBenchmark(
        (name + "/winograd" + std::to_string(tile)).c_str(),
        [=](benchmark::State& state) { run_winograd(state, layer, tile, setting); })
        ->UseRealTime();
  }
}

const bool registered = [] {
  for (const NetworkSpec& spec : built_in_networks()) {
    for (const Layer& layer : layers_of(spec)) {
      for (const int threads : std::set<int>{1, default_thread_count()}) {
        register_reduced<nn::Bf16>(spec.name, layer, "bf16", threads);
        register_reduced<nn::Int8>(spec.name, layer, "int8", threads);
      }
      for (const Isa isa : all_isas) {
        if (!is_supported(isa)) continue;
        for (const int threads : std::set<int>{1, default_thread_count()}) {
          register_layer(spec.name, layer, {isa, threads});
        }
      }
    }
  }
  return true;
}();

}  // namespace
