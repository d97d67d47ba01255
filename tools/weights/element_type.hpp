// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/weights/tensor_set.hpp>

namespace fliqe::tools {

/// The same tensors with the elements of matrices and kernels stored as `dtype` (f32, f16 or bf16);
/// integers stay as they are. Vectors (biases, batch normalization) take little space and become
/// f32, and so do kernels on three channels: the stem takes differences of large values. Tensors
/// that have their type already share their memory with `source`.
/// @throws Error `non_finite` when a finite number does not fit the type
weights::TensorSet with_element_type(const weights::TensorSet& source, weights::DType dtype);

}  // namespace fliqe::tools
