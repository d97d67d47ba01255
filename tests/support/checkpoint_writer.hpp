// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/weights/tensor_set.hpp>
#include <string>

#include "support/pickle_writer.hpp"
#include "support/zip_writer.hpp"

namespace fliqe::test {

/// PyTorch's name of a storage whose elements are floats or 64-bit integers.
inline std::string storage_type(weights::DType dtype) {
  switch (dtype) {
    case weights::DType::f16:
      return "HalfStorage";
    case weights::DType::bf16:
      return "BFloat16Storage";
    case weights::DType::i64:
      return "LongStorage";
    default:
      return "FloatStorage";
  }
}

/// The bytes of the .pth file that torch.save writes of a state dict with these tensors.
inline std::string checkpoint_of(const weights::TensorSet& tensors) {
  ZipWriter zip;
  std::string items;
  for (const weights::TensorEntry& tensor : tensors.tensors()) {
    const std::string key = std::to_string(&tensor - tensors.tensors().data());
    const auto count = static_cast<std::int64_t>(*weights::element_count(tensor.shape));
    std::string sizes, strides;
    std::int64_t stride = count;
    for (const std::int64_t size : tensor.shape) {
      stride /= size;
      sizes += pickle::integer(size);
      strides += pickle::integer(stride);
    }
    const std::string storage = pickle::storage(key, count, storage_type(tensor.dtype));
    items += pickle::text(tensor.name) + pickle::tensor(storage, 0, sizes, strides);
    zip.add("archive/data/" + key,
            {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()});
  }
  zip.add("archive/data.pkl", pickle::stream(pickle::dict(items)));
  return zip.add("archive/version", "3\n").finish();
}

}  // namespace fliqe::test
