// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/check_weights.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <span>
#include <string>

namespace fliqe::tools {

/// How a network's input is made of a picture, for the user.
std::string preprocessing_of(const InputSpec& input);

/// Writes into `metadata` what the network is; its whole description where it needs one.
void describe_network(const NetworkSpec& spec, model::ModelKind kind,
                      weights::TensorSet::Metadata& metadata);

/// Metadata for a weights file that is made from `source`. What an earlier conversion recorded
/// about the first source is kept.
/// @param file       the bytes that `source` was read from
/// @param precision  how the matrices are stored
weights::TensorSet::Metadata describe(const weights::TensorSet& source,
                                      std::span<const std::byte> file,
                                      const model::WeightsCheck& check,
                                      const std::string& precision);

}  // namespace fliqe::tools
