// SPDX-License-Identifier: MIT
#include <fliqe/model/inventory.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    const auto file = fliqe::weights::Safetensors::from_memory(bytes, "x.safetensors");
    for (const auto& tensor : file.tensors()) {
      if (tensor.dtype != fliqe::weights::DType::i64) fliqe::weights::FloatTensor{tensor};
    }
    static_cast<void>(fliqe::model::check_weights(file.tensors(), file.name()).message());
  });
}
