// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <vector>

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    const auto file = fliqe::weights::parse_safetensors(bytes, "x.safetensors");
    for (const auto& tensor : file.tensors()) {
      if (tensor.dtype == fliqe::weights::DType::i8) {
        const auto rows = tensor.shape.empty() ? 0 : tensor.shape[0];
        const std::vector<float> scales(std::min<std::size_t>(rows, tensor.bytes.size()), 0.5f);
        fliqe::weights::FloatTensor{tensor, scales};
      } else if (tensor.dtype != fliqe::weights::DType::i64) {
        fliqe::weights::FloatTensor{tensor};
      }
    }
    static_cast<void>(fliqe::model::check_weights(file).message());
  });
}
