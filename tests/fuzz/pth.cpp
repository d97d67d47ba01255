// SPDX-License-Identifier: MIT
#include <fliqe/model/check_weights.hpp>

#include "fuzz/mutators.hpp"
#include "fuzz/target.hpp"
#include "pth/parse_pth.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    const auto dict = fliqe::pth::parse_pth(bytes, "x.pth");
    static_cast<void>(fliqe::model::check_weights(dict).message());
  });
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned seed) {
  return fliqe::fuzz::change_input(data, size, max_size, seed, fliqe::fuzz::change_zip);
}
