// SPDX-License-Identifier: MIT
/// @file
/// Every distinct convolution of a residual network, alone: GFLOPS by instruction set and threads.
/// Those of Winograd's method count the operations of the direct convolution, too, and may exceed
/// the processor's peak.
#include <benchmark/benchmark.h>

#include <fliqe/model/backbone.hpp>
#include <fliqe/nn/nn.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace fliqe;

namespace {

struct Layer {
  nn::Conv2dShape shape;
  int size;  ///< height and width of the input
};

bool operator<(const Layer& a, const Layer& b) {
  const auto key = [](const Layer& layer) {
    const nn::Conv2dShape& s = layer.shape;
    return std::tuple(-layer.size, s.in_channels, s.out_channels, s.kernel_height, s.stride);
  };
  return key(a) < key(b);
}

std::set<Layer> layers_of(const BackboneSpec& spec) {
  std::set<Layer> layers{{{3, spec.width, 7, 7, 2, 3}, input_size}};
  int in = spec.width, size = input_size / 4;
  for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
    const int mid = spec.width << stage, out = mid * BackboneSpec::expansion;
    for (int block = 0; block < spec.blocks[stage]; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      layers.insert({{in, mid, 1, 1, 1, 0}, size});
      layers.insert({{mid, mid, 3, 3, stride, 1}, size});
      if (block == 0) layers.insert({{in, out, 1, 1, stride, 0}, size});
      size /= stride;
      layers.insert({{mid, out, 1, 1, 1, 0}, size});
      in = out;
    }
  }
  return layers;
}

void count_operations(benchmark::State& state, const nn::Conv2dShape& shape,
                      const TensorShape& output) {
  const double operations = 2.0 * static_cast<double>(output.elements()) *
                            static_cast<double>(shape.weights_per_output());
  state.counters["GFLOPS"] =
      benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void run_layer(benchmark::State& state, const Layer& layer, Isa isa, int threads) {
  const nn::Conv2dShape& shape = layer.shape;
  const std::vector<float> weight(
      static_cast<std::size_t>(shape.out_channels) * shape.weights_per_output(), 0.01f);
  const nn::Conv2d convolution(shape, weight, {}, {}, kernels::table_for(isa));
  Tensor input({1, layer.size, layer.size, shape.in_channels}, shape.padding);
  Tensor output(convolution.output_shape(input.shape()));
  const nn::Conv2dPlan plan(convolution, input.view().layout, output.view().layout);
  for (auto _ : state) {
    parallel(threads,
             [&](const Team& team) { plan.run(input.data(), output.data(), nullptr, 1, team); });
    benchmark::ClobberMemory();
  }
  count_operations(state, shape, output.shape());
}

void run_winograd_layer(benchmark::State& state, const Layer& layer, int tile, Isa isa,
                        int threads) {
  const nn::Conv2dShape& shape = layer.shape;
  const std::vector<float> weight(
      static_cast<std::size_t>(shape.out_channels) * shape.weights_per_output(), 0.01f);
  const nn::WinogradConv2d convolution(shape, tile, weight, {}, {}, kernels::table_for(isa));
  Tensor input({1, layer.size, layer.size, shape.in_channels}, shape.padding);
  Tensor output(nn::convolved_shape(shape, input.shape()));
  const nn::WinogradPlan plan(convolution, input.view().layout, output.view().layout);
  std::vector<AlignedBuffer<float>> scratch;
  for (int i = 0; i < threads; ++i) scratch.emplace_back(plan.scratch_size());
  for (auto _ : state) {
    parallel(threads, [&](const Team& team) {
      plan.run(input.data(), output.data(), scratch[static_cast<std::size_t>(team.index())].data(),
               1, team);
    });
    benchmark::ClobberMemory();
  }
  count_operations(state, shape, output.shape());
}

std::string name_of(const BackboneSpec& spec, const Layer& layer, Isa isa, int threads) {
  const nn::Conv2dShape& s = layer.shape;
  return std::string(spec.name) + "/" + std::to_string(s.in_channels) + "-" +
         std::to_string(s.out_channels) + "_k" + std::to_string(s.kernel_height) + "_s" +
         std::to_string(s.stride) + "_at" + std::to_string(layer.size) + "/" +
         std::string(to_string(isa)) + "/threads:" + std::to_string(threads);
}

const bool registered = [] {
  for (const BackboneSpec& spec : known_backbones) {
    for (const Layer& layer : layers_of(spec)) {
      for (const Isa isa : all_isas) {
        if (!is_supported(isa)) continue;
        for (const int threads : std::set<int>{1, default_thread_count()}) {
          benchmark::RegisterBenchmark(
              name_of(spec, layer, isa, threads).c_str(),
              [=](benchmark::State& state) { run_layer(state, layer, isa, threads); })
              ->UseRealTime();
          for (const int tile : {2, 4}) {
            if (!nn::WinogradConv2d::supports(layer.shape, {1, layer.size, layer.size, 1}, tile)) {
              continue;
            }
            const std::string method = "/winograd" + std::to_string(tile);
            benchmark::RegisterBenchmark((name_of(spec, layer, isa, threads) + method).c_str(),
                                         [=](benchmark::State& state) {
                                           run_winograd_layer(state, layer, tile, isa, threads);
                                         })
                ->UseRealTime();
          }
        }
      }
    }
  }
  return true;
}();

}  // namespace
