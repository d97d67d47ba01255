// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/weights/tensor_set.hpp>
#include <string>

namespace fliqe::tools {

/// The bytes of a safetensors file: tensors of larger elements first, so that all are aligned, else
/// in the order of the set.
std::string serialize_safetensors(const weights::TensorSet& tensors);

/// The same to a file. @throws Error `io` when writing fails
void write_safetensors(const std::string& path, const weights::TensorSet& tensors);

}  // namespace fliqe::tools
