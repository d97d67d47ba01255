// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/weights/tensor_entry.hpp>
#include <map>
#include <string>
#include <vector>

namespace fliqe::tools {

/// The bytes of a safetensors file: tensors of larger elements first, so that all are aligned, else
/// in the given order. Matrices and kernels become `dtype` (f32, f16 or bf16);
/// integers stay as they are. Vectors (biases, batch normalisation) take no room and stay f32, and
/// so do kernels on three channels: the stem takes differences of large values.
/// @throws Error `non_finite` when a finite number does not fit the type
std::string serialize_safetensors(const std::vector<weights::TensorEntry>& tensors,
                                  weights::DType dtype,
                                  const std::map<std::string, std::string>& metadata);

/// The same to a file. @throws Error also `io` when writing fails
void write_safetensors(const std::string& path, const std::vector<weights::TensorEntry>& tensors,
                       weights::DType dtype, const std::map<std::string, std::string>& metadata);

}  // namespace fliqe::tools
