// SPDX-License-Identifier: MIT
#include "weights/file_metadata.hpp"

#include <filesystem>
#include <fliqe/version.hpp>

#include "io/sha256.hpp"

namespace fliqe::tools {

weights::TensorSet::Metadata describe(const weights::TensorSet& source,
                                      std::span<const std::byte> file,
                                      const model::WeightsCheck& check,
                                      const std::string& precision) {
  weights::TensorSet::Metadata metadata = source.metadata();
  metadata["format"] = "pt";  // names and layouts are PyTorch's
  metadata["fliqe_format"] = "1";
  metadata["fliqe_version"] = version;
  metadata["backbone"] = check.spec->name;
  metadata["content"] = model::to_string(check.kind);
  metadata["precision"] = precision;
  metadata["preprocessing"] = "RGB, Pillow BILINEAR to 224x224, divided by 255";
  metadata.try_emplace("source_file", std::filesystem::path(source.name()).filename().string());
  metadata.try_emplace("source_sha256", sha256(file));
  return metadata;
}

}  // namespace fliqe::tools
