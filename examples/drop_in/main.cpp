// SPDX-License-Identifier: MIT
// The smallest program: g++ -O2 -std=c++20 -fopenmp -Iinclude -I/usr/include/eigen3 main.cpp
#include <cstdio>
#include <fliqe/fliqe.hpp>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: %s WEIGHTS IMAGE\n", argv[0]), 2;
  const fliqe::FLIQE<fliqe::AnyBackbone> fliqe(argv[1]);
  std::printf("%.4f\n", fliqe.estimate_image_quality(fliqe::load_image(argv[2])));
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
