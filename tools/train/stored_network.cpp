// SPDX-License-Identifier: MIT
#include "train/stored_network.hpp"

#include <algorithm>
#include <fliqe/weights/float_tensor.hpp>
#include <span>

namespace fliqe::tools {
namespace {

const weights::TensorEntry& entry_of(const weights::Safetensors& file, const std::string& name) {
  const weights::TensorEntry* entry = file.find(name);
  detail::require(entry != nullptr, ErrorCode::weights_mismatch,
                  file.name() + ": expected a tensor named " + name + ", found none");
  return *entry;
}

weights::FloatTensor numbers_of(const weights::Safetensors& file, const std::string& name) {
  const weights::TensorEntry& entry = entry_of(file, name);
  if (entry.dtype != weights::DType::i8) return weights::FloatTensor(entry);
  return weights::FloatTensor(entry, weights::FloatTensor(entry_of(file, name + "_scale")));
}

}  // namespace

std::vector<weights::TensorEntry> tensors_of(train::Network<float>& network,
                                             const std::string& prefix) {
  std::vector<weights::TensorEntry> tensors;
  network.for_each_array([&](const std::string& name, const train::Matrix<float>& values,
                             weights::Shape shape) {
    const std::span<const float> all(values.data(), static_cast<std::size_t>(values.size()));
    tensors.push_back({prefix + name, weights::DType::f32, std::move(shape), std::as_bytes(all)});
  });
  return tensors;
}

void load_network(train::Network<float>& network, const weights::Safetensors& file,
                  const std::string& prefix) {
  network.for_each_array([&](const std::string& name, train::Matrix<float>& values,
                             const weights::Shape& shape) {
    const weights::TensorEntry& entry = entry_of(file, prefix + name);
    detail::require(entry.shape == shape, ErrorCode::weights_mismatch,
                    file.name() + ": " + entry.name + ": expected shape " +
                        weights::to_string(shape) + ", found " + weights::to_string(entry.shape));
    const weights::FloatTensor numbers = numbers_of(file, prefix + name);
    std::ranges::copy(numbers.values(), values.data());
  });
}

}  // namespace fliqe::tools
