// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <fliqe/version.hpp>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// Height and width of what the network sees, after resizing.
inline constexpr int input_size = 224;
/// Length of the embedding.
inline constexpr int embedding_size = 128;

/// The numbers that tell one residual network of bottleneck blocks, with its projection head, from
/// another.
struct BackboneSpec {
  std::string_view name;      ///< as in a weights file's metadata
  std::array<int, 4> blocks;  ///< bottleneck blocks in each stage
  int width;                  ///< channels of the stem
  std::array<int, 3> hidden;  ///< widths of the projection's hidden layers, 0 where there is none

  static constexpr int expansion = 4;

  /// Channels of the trunk's output.
  constexpr int features() const noexcept { return width * 8 * expansion; }
};

/// ResNet50 v1.5 (He et al., 2015, with the stride on the 3x3 convolution): the released FLIQE.
struct ResNet50 {
  static constexpr BackboneSpec spec{"resnet50", {3, 4, 6, 3}, 64, {1024, 512, 256}};
};

/// The same network at a quarter of the width: the default weights of this project.
struct CompactResNet50 {
  static constexpr BackboneSpec spec{"resnet50-width16", {3, 4, 6, 3}, 16, {256, 0, 0}};
};

/// Whichever built-in backbone the weights file holds.
struct AnyBackbone {};

inline constexpr std::array known_backbones{ResNet50::spec, CompactResNet50::spec};

/// The backbone of a FLIQE: a type with a constexpr `spec`, built in or your own, or AnyBackbone.
template <class T>
concept BackboneTraits = std::same_as<T, AnyBackbone> || requires {
  { T::spec } -> std::convertible_to<BackboneSpec>;
};

/// The spec that a weights file must have, or null when any will do.
template <BackboneTraits T>
constexpr const BackboneSpec* required_spec() noexcept {
  if constexpr (std::same_as<T, AnyBackbone>) {
    return nullptr;
  } else {
    return &T::spec;
  }
}

}  // namespace fliqe::inline FLIQE_ABI
