// SPDX-License-Identifier: MIT
#include "weights/weights_source.hpp"

#include <filesystem>
#include <fliqe/version.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "support/model_choice.hpp"
#include "support/sha256.hpp"

namespace fliqe::tools {

WeightsSource::WeightsSource(const std::string& path) : path_(path), file_(path) {
  if (pth::looks_like_pth(file_.bytes())) {
    format_ = "PyTorch checkpoint";
    dict_ = pth::read_pth(file_.bytes(), path);
    return;
  }
  format_ = "safetensors";
  const auto safetensors = weights::Safetensors::from_memory(file_.bytes(), path);
  dict_.tensors = safetensors.tensors();
  metadata_ = safetensors.metadata();
}

std::string WeightsSource::sha256() const {
  return tools::sha256(file_.bytes());
}

void describe_network(const NetworkSpec& spec, model::ModelKind kind,
                      std::map<std::string, std::string>& metadata) {
  metadata["backbone"] = spec.name;
  metadata["content"] = model::to_string(kind);
  metadata["preprocessing"] = preprocessing_of(spec.input);
  metadata.erase(model::network_key);
  if (!is_recognized(spec)) metadata[model::network_key] = to_json(spec);
}

std::map<std::string, std::string> describe(const WeightsSource& source,
                                            const model::WeightsCheck& check,
                                            const std::string& precision) {
  // What an earlier conversion recorded about the first source stays.
  std::map<std::string, std::string> metadata = source.metadata();
  metadata["format"] = "pt";  // names and layouts are PyTorch's
  metadata["fliqe_format"] = "1";
  metadata["fliqe_version"] = version;
  metadata["precision"] = precision;
  describe_network(check.spec, check.kind, metadata);
  metadata.try_emplace("source_file", std::filesystem::path(source.path()).filename().string());
  metadata.try_emplace("source_sha256", source.sha256());
  return metadata;
}

}  // namespace fliqe::tools
