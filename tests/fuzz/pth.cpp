// SPDX-License-Identifier: MIT
#include <fliqe/model/inventory.hpp>

#include "fuzz/target.hpp"
#include "pth/state_dict.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    const auto dict = fliqe::pth::read_pth(bytes, "x.pth");
    static_cast<void>(fliqe::model::check_weights(dict.tensors, "x.pth").message());
  });
}
