// SPDX-License-Identifier: MIT
#include "weights/weights_source.hpp"

#include <fliqe/weights/safetensors.hpp>

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

}  // namespace fliqe::tools
