// SPDX-License-Identifier: MIT
/// @file
/// Runs the trunk of a weights file for compare.py. Reads commands from standard input, one a line:
/// "time N" answers with the milliseconds of N runs of the batch, "features" with the averaged
/// features. The input is picture value ((7 * y + 13 * x + 29 * c) mod 256) / 255 at (y, x, c).
/// Usage: fliqe_trunk WEIGHTS THREADS [BATCH]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fliqe/model/network.hpp>
#include <iostream>
#include <string>

using namespace fliqe;

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const auto file = weights::Safetensors::open(argv[1]);
  const int threads = std::atoi(argv[2]);
  const int batch = argc == 4 ? std::atoi(argv[3]) : 1;
  const model::Network network(file, nullptr, threads);
  model::Workspace workspace = network.make_workspace(batch);
  for (int image = 0; image < batch; ++image) {
    const TensorView input = network.input(workspace, image);
    for (int y = 0; y < input_size; ++y) {
      for (int x = 0; x < input_size; ++x) {
        for (int c = 0; c < 3; ++c) {
          input.pixel(0, y, x)[c] = static_cast<float>((7 * y + 13 * x + 29 * c) % 256) / 255.0f;
        }
      }
    }
  }
  // Heads are not part of the comparison, but take well under a percent.
  std::string command;
  int runs = 0;
  while (std::cin >> command) {
    if (command == "features") {
      network.run(workspace, batch, threads);
      for (const float value : network.features(workspace, 0)) std::printf("%.9g ", value);
    } else if (std::cin >> runs) {
      for (int i = 0; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        network.run(workspace, batch, threads);
        const auto taken = std::chrono::steady_clock::now() - start;
        std::printf("%.4f ", std::chrono::duration<double, std::milli>(taken).count());
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}
