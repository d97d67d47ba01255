// SPDX-License-Identifier: MIT
/// @file
/// Where the time of one image on one thread goes: for every step of a network the median time, the
/// speed and its share of the multiply-add units' measured peak in floats, and the bytes of weights
/// and tensors that it reads and writes. Steps by Winograd's method count the operations of the
/// direct convolution.
/// Usage: fliqe_profile WEIGHTS.safetensors [PRECISION [RUNS]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fliqe/model/network.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <string>
#include <vector>

#include "support/fma_peak.hpp"
#include "support/operations_by_name.hpp"

using namespace fliqe;

namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Milliseconds of each step in each run.
std::vector<std::vector<double>> step_times(const model::Network& network, int runs) {
  using Clock = std::chrono::steady_clock;
  model::Workspace workspace = network.make_workspace(1);
  std::vector<std::vector<double>> times(network.steps().size());
  for (int run = 0; run < runs; ++run) {
    std::size_t step = 0;
    auto start = Clock::now();
    network.observe(workspace, [&](const auto&, const auto&) {
      const auto now = Clock::now();
      times[step++].push_back(std::chrono::duration<double, std::milli>(now - start).count());
      start = now;
    });
  }
  return times;
}

double element_bytes(PrecisionKind precision) {
  return precision == PrecisionKind::f32 ? 4 : precision == PrecisionKind::bf16 ? 2 : 1;
}

double elements(const TensorShape& shape) {
  return static_cast<double>(shape.elements());
}

struct Work {
  double operations = 0, bytes = 0;  ///< a multiply-add counts as two operations
};

/// Of a step that computes `operation`, in the precision of its output.
Work work_of(const model::Operation& operation, const model::Step& step) {
  const nn::Conv2dShape& shape = operation.shape;
  const double outputs = elements(step.output.layout.shape);
  const double per_output = static_cast<double>(shape.weights_per_output());
  const double inputs = outputs / shape.out_channels * shape.in_channels * shape.stride *
                        shape.stride / (shape.kernel_width == 1 ? shape.stride * shape.stride : 1);
  const double written = operation.residual == model::Operation::none ? outputs : 2 * outputs;
  return {2 * outputs * per_output,
          element_bytes(step.precision) * (written + inputs + shape.out_channels * per_output)};
}

void print(const model::Network& network, int runs) {
  const auto operations = benchmarks::operations_by_name(network);
  const std::vector<std::vector<double>> times = step_times(network, runs);
  const double peak = benchmarks::fma_peak(network.isa(), 1);
  std::printf("peak in f32: %.0f GFLOPS\n", peak * 1e-9);
  std::printf("%-42s %-22s %8s %8s %7s %8s %6s\n", "step", "shape", "ms", "GFLOPS", "of peak", "MB",
              "GB/s");
  double total = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const model::Step& step = network.steps()[i];
    const double ms = median(times[i]);
    total += ms;
    std::printf("%-42s ", step.name.c_str());
    const auto found = operations.find(step.name);
    if (found == operations.end() || !found->second.has_weights()) {
      std::printf("%-22s %8.3f\n", "", ms);
      continue;
    }
    const nn::Conv2dShape& s = found->second.shape;
    const std::string shape = std::to_string(s.in_channels) + "-" + std::to_string(s.out_channels) +
                              " " + std::to_string(s.kernel_width) + "x" +
                              std::to_string(s.kernel_height) + "/" + std::to_string(s.stride) +
                              " " + std::to_string(step.output.layout.shape.w);
    const Work work = work_of(found->second, step);
    std::printf("%-22s %8.3f %8.0f %6.0f%% %8.2f %6.1f\n", shape.c_str(), ms,
                work.operations / ms * 1e-6, 100 * work.operations / (ms * 1e-3) / peak,
                work.bytes * 1e-6, work.bytes / ms * 1e-6);
  }
  std::printf("%-65s %8.3f\n", "all", total);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: fliqe_profile WEIGHTS.safetensors [PRECISION [RUNS]]\n");
    return 2;
  }
  const auto precision = argc > 2 ? PrecisionChoice::from_string(argv[2]) : PrecisionChoice();
  const model::Network network(weights::read_safetensors(argv[1]), std::nullopt,
                               default_thread_count(), {.precision = precision});
  print(network, argc > 3 ? std::atoi(argv[3]) : 200);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "fliqe_profile: %s\n", error.what());
  return 1;
}
