// SPDX-License-Identifier: MIT
/// @file
/// The trunk of a weights file in fliqe, for compare.py; in int8 with weights that `fliqe quantize`
/// made.
/// Usage: fliqe_trunk WEIGHTS.safetensors THREADS BATCH [bf16]
#include <cstdlib>
#include <fliqe/model/network.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "trunk_protocol.hpp"

using namespace fliqe;

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto file = weights::read_safetensors(argv[1]);
  const int threads = std::atoi(argv[2]), batch = std::atoi(argv[3]);
  const model::Network network(
      file, std::nullopt, threads,
      {.precision = argc > 4 ? PrecisionChoice::from_string(argv[4]) : PrecisionChoice()});
  model::Workspace workspace = network.make_workspace(batch);
  for (int image = 0; image < batch; ++image) {
    const TensorView input = network.input(workspace, image);
    for (int y = 0; y < input.shape().h; ++y) {
      for (int x = 0; x < input.shape().w; ++x) {
        for (int c = 0; c < 3; ++c) input.pixel(0, y, x)[c] = peers::picture(y, x, c);
      }
    }
  }
  peers::serve([&] { network.run(workspace, batch, threads); },
               [&] { return network.features(workspace, 0); });
}
