// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/version.hpp>
#include <string_view>

namespace fliqe::inline FLIQE_ABI::model {

/// How much of the network a set of weights holds.
enum class ModelKind {
  trunk,    ///< convolutions only, named as torchvision names them: features
  encoder,  ///< trunk and projection head: features and embeddings
  full,     ///< encoder and head: features, embeddings and scores (or probabilities of classes)
};

constexpr std::string_view to_string(ModelKind kind) noexcept {
  switch (kind) {
    case ModelKind::trunk:
      return "trunk only";
    case ModelKind::encoder:
      return "encoder only";
    case ModelKind::full:
      return "full model";
  }
  return "unknown";
}

}  // namespace fliqe::inline FLIQE_ABI::model
