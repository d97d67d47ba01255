// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/network.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A network's arrays as tensors whose names begin with `prefix`.
std::vector<weights::TensorEntry> tensors_of(train::Network<float>& network,
                                             const std::string& prefix);

/// Takes a network's arrays from a file, of any floating point type or quantised.
/// @throws Error `weights_mismatch` naming the file and the tensor
void load_network(train::Network<float>& network, const weights::TensorSet& file,
                  const std::string& prefix);

}  // namespace fliqe::tools
