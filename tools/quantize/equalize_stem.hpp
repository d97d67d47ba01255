// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/operations.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <span>
#include <vector>

namespace fliqe::tools {

/// Whether only convolutions read the stem's output, so that its channels can be scaled.
bool can_equalize_stem(const std::vector<model::Operation>& operations);

/// Where can_equalize_stem(): makes the channels of the stem's output similar in range, since bytes
/// have one scale for all of them. Channel c is divided by s_c in the batch normalization, and the
/// weights that read it are multiplied by s_c. ReLU and max pooling let positive factors pass, so
/// the network stays the same function (cross-layer equalization: Nagel et al., "Data-Free
/// Quantization Through Weight Equalization and Bias Correction", 2019).
///
/// s_c = range_c^0.75 / w_c^0.25, w_c being the largest magnitude of the weights that read channel
/// c, up to a factor that is the same for all channels.
///
/// @param tensors  the network's, in binary32
/// @param ranges   of the stem's output over pictures, by channel; not negative
/// @throws Error `invalid_argument` when there is not one range for each channel
void equalize_stem(weights::TensorSet& tensors, const std::vector<model::Operation>& operations,
                   std::span<const float> ranges);

}  // namespace fliqe::tools
