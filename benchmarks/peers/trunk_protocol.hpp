// SPDX-License-Identifier: MIT
/// @file
/// What the programs that compare.py drives have in common. Commands come from standard input, one
/// a line: "features" is answered with the averaged features of the first image, "time N" with the
/// milliseconds of each of N runs of the batch.
#pragma once

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

namespace fliqe::peers {

/// The picture that all engines get: a value in [0, 1] for each row, column and channel.
inline float picture(int y, int x, int channel) {
  return static_cast<float>((7 * y + 13 * x + 29 * channel) % 256) / 255.0f;
}

/// Answers until the input ends. `run()` computes the batch, `features()` is what it computed.
template <class Run, class Features>
void serve(const Run& run, const Features& features) {
  std::string command;
  int runs = 0;
  while (std::cin >> command) {
    if (command == "features") {
      run();
      for (const float value : features()) std::printf("%.9g ", value);
    } else if (std::cin >> runs) {
      for (int i = 0; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        run();
        const auto taken = std::chrono::steady_clock::now() - start;
        std::printf("%.4f ", std::chrono::duration<double, std::milli>(taken).count());
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace fliqe::peers
