// SPDX-License-Identifier: MIT
#include "train/model_writer.hpp"

#include <fliqe/model/weights_manifest.hpp>
#include <string_view>
#include <vector>

#include "train/stored_network.hpp"
#include "weights/safetensors_writer.hpp"
#include "weights/weights_source.hpp"

namespace fliqe::tools {
namespace {

model::WeightsCheck checked(const weights::Safetensors& base) {
  model::WeightsCheck check = model::check_weights(base.tensors(), base.name(), base.metadata());
  detail::require(check.passed(), ErrorCode::weights_mismatch,
                  base.name() + ": " + check.message());
  return check;
}

std::map<std::string, std::string> metadata_for(const weights::Safetensors& base,
                                                const NetworkSpec& spec, model::ModelKind kind,
                                                const std::map<std::string, std::string>& notes) {
  std::map<std::string, std::string> metadata = base.metadata();
  // What was measured or noted of another head.
  std::erase_if(metadata, [](const auto& entry) {
    return entry.first.starts_with("bf16_") || entry.first.starts_with("head_") ||
           entry.first.starts_with("calibration_quality_") || entry.first == model::classes_key;
  });
  for (const auto& [key, value] : notes) metadata[key] = value;
  describe_network(spec, kind, metadata);
  return metadata;
}

/// The tensors under the prefix `from`, under the prefix `to`.
std::vector<weights::TensorEntry> renamed(const weights::Safetensors& base, std::string_view from,
                                          const std::string& to) {
  std::vector<weights::TensorEntry> tensors;
  for (weights::TensorEntry tensor : base.tensors()) {
    if (!tensor.name.starts_with(from)) continue;
    tensor.name = to + tensor.name.substr(from.size());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void append(std::vector<weights::TensorEntry>& tensors, std::vector<weights::TensorEntry> more) {
  tensors.insert(tensors.end(), more.begin(), more.end());
}

}  // namespace

std::string with_head(const weights::Safetensors& base, const HeadSpec& spec, bool keep_others,
                      train::Network<float>& head,
                      const std::map<std::string, std::string>& notes) {
  const model::WeightsCheck check = checked(base);
  detail::require(check.kind != model::ModelKind::trunk, ErrorCode::no_such_capability,
                  base.name() + ": expected an encoder, found a bare trunk");
  const std::string_view prefix = check.kind == model::ModelKind::full ? "iqa_encoder." : "";
  std::vector<weights::TensorEntry> tensors = renamed(base, prefix, "iqa_encoder.");
  NetworkSpec network = check.spec;
  std::erase_if(network.heads, [&](const HeadSpec& other) {
    return !keep_others || check.kind != model::ModelKind::full || other.name == spec.name;
  });
  for (const HeadSpec& other : network.heads)
    append(tensors, renamed(base, other.prefix, other.prefix));
  network.heads.push_back(spec);
  validate(network);
  append(tensors, tensors_of(head, spec.prefix));
  return serialize_safetensors(tensors, weights::DType::f32,
                               metadata_for(base, network, model::ModelKind::full, notes));
}

std::string with_projection(const weights::Safetensors& base, train::Network<float>& projection,
                            const std::map<std::string, std::string>& notes) {
  const model::WeightsCheck check = checked(base);
  std::vector<weights::TensorEntry> tensors =
      renamed(base, model::prefixes(check.kind).trunk, "encoder.");
  std::erase_if(tensors, [](const auto& each) { return each.name.starts_with("encoder.fc."); });
  append(tensors, tensors_of(projection, "projection_head."));
  return serialize_safetensors(tensors, weights::DType::f32,
                               metadata_for(base, check.spec, model::ModelKind::encoder, notes));
}

}  // namespace fliqe::tools
