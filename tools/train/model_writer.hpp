// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/network.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <map>
#include <string>

namespace fliqe::tools {

/// The encoder of `base` with a newly trained head, in f32.
/// @param keep_others  keeps the heads of `base` that have other names
/// @param notes        added to the metadata
/// @throws Error when `base` has no encoder
weights::TensorSet with_head(const weights::TensorSet& base, const HeadSpec& spec, bool keep_others,
                             train::Network<float>& head,
                             const std::map<std::string, std::string>& notes);

/// The same with the trunk of `base` and a newly trained projection head: an encoder. A head that
/// `base` may have is left out, for it knows other embeddings.
weights::TensorSet with_projection(const weights::TensorSet& base,
                                   train::Network<float>& projection,
                                   const std::map<std::string, std::string>& notes);

}  // namespace fliqe::tools
