// SPDX-License-Identifier: MIT
// One file and nothing else: the weights are part of the program.
#include <cstdio>
#include <fliqe/fliqe.hpp>

int main(int argc, char** argv) try {
  const fliqe::FLIQE<fliqe::CompactResNet50> fliqe(fliqe::embedded_weights());
  for (int i = 1; i < argc; ++i) {
    // One broken picture does not end the run.
    const fliqe::Result<fliqe::Image> image = fliqe::try_load_image(argv[i]);
    if (image) {
      std::printf("%.4f  %s\n", fliqe.estimate_image_quality(*image), argv[i]);
    } else {
      std::fprintf(stderr, "%s\n", image.error().what());
    }
  }
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
