// SPDX-License-Identifier: MIT
#include "train/model_writer.hpp"

#include <algorithm>
#include <fliqe/model/check_weights.hpp>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "train/camera_offset.hpp"
#include "train/stored_network.hpp"
#include "weights/element_type.hpp"
#include "weights/file_metadata.hpp"

namespace fliqe::tools {
namespace {

weights::TensorSet::Metadata metadata_for(const weights::TensorSet& base, const NetworkSpec& spec,
                                          model::ModelKind kind, bool keeps_camera,
                                          const std::map<std::string, std::string>& notes) {
  weights::TensorSet::Metadata metadata = base.metadata();
  // What was measured or noted of another head.
  std::erase_if(metadata, [keeps_camera](const auto& entry) {
    return (entry.first.starts_with("camera_") && !keeps_camera) ||
           entry.first.starts_with("bf16_") || entry.first.starts_with("head_") ||
           entry.first.starts_with("calibration_quality_") || entry.first == model::classes_key;
  });
  for (const auto& [key, value] : notes) metadata[key] = value;
  describe_network(spec, kind, metadata);
  return metadata;
}

/// The tensors under the prefix `from`, under the prefix `to`.
std::vector<weights::TensorEntry> renamed(const weights::TensorSet& base, std::string_view from,
                                          const std::string& to) {
  std::vector<weights::TensorEntry> tensors;
  for (weights::TensorEntry tensor : base.tensors()) {
    if (!tensor.name.starts_with(from)) continue;
    tensor.name = to + tensor.name.substr(from.size());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

/// `tensors` and those of the network, in f32.
weights::TensorSet joined(const weights::TensorSet& base, std::vector<weights::TensorEntry> tensors,
                          train::Network<float>& network, const std::string& prefix,
                          weights::TensorSet::Metadata metadata) {
  weights::TensorSet result(base.name(), std::move(tensors), std::move(metadata));
  for (weights::TensorEntry& tensor : tensors_of(network, prefix)) result.add(std::move(tensor));
  return with_element_type(result, weights::DType::f32);
}

}  // namespace

weights::TensorSet with_head(const weights::TensorSet& base, const HeadSpec& spec, bool keep_others,
                             train::Network<float>& head,
                             const std::map<std::string, std::string>& notes) {
  const model::WeightsCheck check = model::require_weights(base);
  require(check.kind != model::ModelKind::trunk, ErrorCode::no_such_capability,
          base.name() + ": expected an encoder, found a bare trunk");
  const std::string_view prefix = check.kind == model::ModelKind::full ? "iqa_encoder." : "";
  std::vector<weights::TensorEntry> tensors = renamed(base, prefix, "iqa_encoder.");
  NetworkSpec network = check.spec;
  std::erase_if(network.heads, [&](const HeadSpec& other) {
    return !keep_others || check.kind != model::ModelKind::full || other.name == spec.name;
  });
  for (const HeadSpec& other : network.heads) {
    std::ranges::move(renamed(base, other.prefix, other.prefix), std::back_inserter(tensors));
  }
  const bool keeps_camera = std::ranges::any_of(network.heads, [&](const HeadSpec& other) {
    return base.metadata(camera_head_key) == other.name;
  });
  network.heads.push_back(spec);
  validate(network);
  return joined(base, std::move(tensors), head, spec.prefix,
                metadata_for(base, network, model::ModelKind::full, keeps_camera, notes));
}

weights::TensorSet with_projection(const weights::TensorSet& base,
                                   train::Network<float>& projection,
                                   const std::map<std::string, std::string>& notes) {
  const model::WeightsCheck check = model::require_weights(base);
  std::vector<weights::TensorEntry> tensors =
      renamed(base, model::prefixes(check.kind).trunk, "encoder.");
  std::erase_if(tensors, [](const auto& each) { return each.name.starts_with("encoder.fc."); });
  return joined(base, std::move(tensors), projection, "projection_head.",
                metadata_for(base, check.spec, model::ModelKind::encoder, false, notes));
}

}  // namespace fliqe::tools
