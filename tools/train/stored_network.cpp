// SPDX-License-Identifier: MIT
#include "train/stored_network.hpp"

#include <algorithm>
#include <fliqe/weights/float_tensor.hpp>
#include <utility>

namespace fliqe::tools {

std::vector<weights::TensorEntry> tensors_of(train::Network<float>& network,
                                             const std::string& prefix) {
  std::vector<weights::TensorEntry> tensors;
  network.for_each_array(
      [&](const std::string& name, const train::Matrix<float>& values, weights::Shape shape) {
        tensors.push_back(
            make_tensor(prefix + name, weights::DType::f32, std::move(shape),
                        std::vector<float>(values.data(), values.data() + values.size())));
      });
  return tensors;
}

void load_network(train::Network<float>& network, const weights::TensorSet& file,
                  const std::string& prefix) {
  network.for_each_array(
      [&](const std::string& name, train::Matrix<float>& values, const weights::Shape& shape) {
        const weights::TensorEntry& entry = file.at(prefix + name);
        require(entry.shape == shape, ErrorCode::weights_mismatch,
                file.name() + ": " + entry.name + ": expected shape " + weights::to_string(shape) +
                    ", found " + weights::to_string(entry.shape));
        const weights::FloatTensor numbers = weights::float_tensor(file, prefix + name);
        std::ranges::copy(numbers.values(), values.data());
      });
}

}  // namespace fliqe::tools
