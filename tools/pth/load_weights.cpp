// SPDX-License-Identifier: MIT
#include <fliqe/base/file.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <utility>

#include "pth/parse_pth.hpp"

namespace fliqe::inline FLIQE_ABI {

weights::TensorSet parse_weights(std::span<const std::byte> bytes, const std::string& name,
                                 std::shared_ptr<const void> owner) {
  return pth::looks_like_pth(bytes) ? pth::parse_pth(bytes, name, std::move(owner))
                                    : weights::parse_safetensors(bytes, name, std::move(owner));
}

weights::TensorSet load_weights(const std::string& path) {
  const auto file = std::make_shared<const FileBytes>(path);
  return parse_weights(file->bytes(), path, file);
}

}  // namespace fliqe::inline FLIQE_ABI
