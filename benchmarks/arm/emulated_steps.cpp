// SPDX-License-Identifier: MIT
/// @file
/// Computes a network step by step, RUNS times (1), for estimate.py and peers.sh: between steps it
/// calls a function that the plugin in count_instructions.c knows. Prints a line for each step:
/// name, channels, size of the output, multiply-adds.
///
/// Usage: emulated_steps WEIGHTS.safetensors PRECISION [RUNS]
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fliqe/model/network.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "../support/operations_by_name.hpp"

using namespace fliqe;

extern "C" [[gnu::noinline]] void fliqe_step_ended() {
  __asm__ volatile("");
}

int main(int argc, char** argv) try {
  if (argc < 3) return 2;
  const model::Network network(weights::read_safetensors(argv[1]), std::nullopt, 1,
                               {.precision = PrecisionChoice::from_string(argv[2])});
  const auto operations = benchmarks::operations_by_name(network);
  model::Workspace workspace = network.make_workspace(1);
  fliqe_step_ended();
  for (int run = 0; run < (argc > 3 ? std::atoi(argv[3]) : 1); ++run) {
    network.observe(workspace, [](const auto&, const auto&) { fliqe_step_ended(); });
  }
  for (const model::Step& step : network.steps()) {
    const auto found = operations.find(step.name);
    const TensorShape& output = step.output.layout.shape;
    const bool multiplies = found != operations.end() && found->second.has_weights();
    const std::size_t each = multiplies ? found->second.shape.weights_per_output() : 0;
    std::printf("%s %d %d %zu\n", step.name.empty() ? "-" : step.name.c_str(), output.c, output.w,
                output.elements() * each);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "emulated_steps: %s\n", error.what());
  return 1;
}
