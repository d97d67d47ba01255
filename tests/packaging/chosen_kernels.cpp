// SPDX-License-Identifier: MIT
/// @file
/// Prints the instruction set that this processor gets and the kernels of each arithmetic.
#include <cstdio>
#include <fliqe/nn/kernel_choice.hpp>
#include <string>

using namespace fliqe;

template <class Arithmetic>
std::string chosen() {
  return std::string(nn::Kernels<Arithmetic>().variant().name);
}

int main() {
  std::printf("%s: f32 %s, bf16 %s, int8 %s\n", std::string(to_string(default_isa())).c_str(),
              chosen<kernels::F32>().c_str(), chosen<kernels::Bf16>().c_str(),
              chosen<kernels::Int8>().c_str());
}
