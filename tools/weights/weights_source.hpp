// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/file.hpp>
#include <fliqe/model/weights_manifest.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pth/state_dict.hpp"

namespace fliqe::tools {

/// Named tensors from a file of any supported kind.
class WeightsSource {
 public:
  /// Opens a safetensors file or a PyTorch checkpoint. @throws Error naming the file
  explicit WeightsSource(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  /// "safetensors" or "PyTorch checkpoint".
  const std::string& format() const noexcept { return format_; }
  const std::vector<weights::TensorEntry>& tensors() const noexcept { return dict_.tensors; }
  /// What had to be done to get at the tensors.
  const std::vector<std::string>& notes() const noexcept { return dict_.notes; }
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
  std::string sha256() const;
  std::size_t file_size() const noexcept { return file_.bytes().size(); }

 private:
  std::string path_;
  detail::FileBytes file_;
  std::string format_;
  pth::StateDict dict_;
  std::map<std::string, std::string> metadata_;
};

/// Writes into `metadata` what the network is; its whole description where it needs one.
void describe_network(const NetworkSpec& spec, model::ModelKind kind,
                      std::map<std::string, std::string>& metadata);

/// Metadata for a file that is made from `source`.
/// @param precision  how the matrices are stored
std::map<std::string, std::string> describe(const WeightsSource& source,
                                            const model::WeightsCheck& check,
                                            const std::string& precision);

}  // namespace fliqe::tools
