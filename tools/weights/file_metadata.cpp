// SPDX-License-Identifier: MIT
#include "weights/file_metadata.hpp"

#include <filesystem>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/network_json.hpp>
#include <fliqe/version.hpp>

#include "io/sha256.hpp"

namespace fliqe::tools {

std::string preprocessing_of(const InputSpec& input) {
  std::string text = "RGB, Pillow BILINEAR to " + std::to_string(input.width) + "x" +
                     std::to_string(input.height) + ", divided by 255";
  if (input.mean != InputSpec{}.mean || input.deviation != InputSpec{}.deviation) {
    text += ", less a mean and divided by a deviation for each channel";
  }
  return text;
}

void describe_network(const NetworkSpec& spec, model::ModelKind kind,
                      weights::TensorSet::Metadata& metadata) {
  metadata["backbone"] = spec.name;
  metadata["content"] = model::to_string(kind);
  metadata["preprocessing"] = preprocessing_of(spec.input);
  metadata.erase(model::network_key);
  if (!is_recognized(spec)) metadata[model::network_key] = to_json(spec);
}

weights::TensorSet::Metadata describe(const weights::TensorSet& source,
                                      std::span<const std::byte> file,
                                      const model::WeightsCheck& check,
                                      const std::string& precision) {
  weights::TensorSet::Metadata metadata = source.metadata();
  metadata["format"] = "pt";  // names and layouts are PyTorch's
  metadata["fliqe_format"] = "1";
  metadata["fliqe_version"] = version;
  metadata["precision"] = precision;
  describe_network(check.spec, check.kind, metadata);
  metadata.try_emplace("source_file", std::filesystem::path(source.name()).filename().string());
  metadata.try_emplace("source_sha256", sha256(file));
  return metadata;
}

}  // namespace fliqe::tools
