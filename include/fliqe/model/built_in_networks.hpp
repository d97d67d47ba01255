// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/version.hpp>
#include <optional>

namespace fliqe::inline FLIQE_ABI {

/// ResNet50 v1.5: the released FLIQE.
struct ResNet50 {
  static NetworkSpec spec() {
    return {.name = "resnet50",
            .stages = {{3, 64, 1}, {4, 128, 2}, {6, 256, 2}, {3, 512, 2}},
            .projection = {1024, 512, 256}};
  }
};

/// The same network at a quarter of the width: the default weights of this project.
struct CompactResNet50 {
  static NetworkSpec spec() {
    NetworkSpec spec = ResNet50::spec();
    spec.name = "resnet50-width16";
    spec.stem.channels /= 4;
    for (StageSpec& stage : spec.stages) stage.channels /= 4;
    spec.projection = {256};
    return spec;
  }
};

/// Whichever network the weights file describes, or the built-in one whose weights it holds.
struct AnyBackbone {};

/// What files may hold without a description in their metadata.
inline std::array<NetworkSpec, 2> built_in_networks() {
  return {ResNet50::spec(), CompactResNet50::spec()};
}

/// The head of causes that the default weights have beside the released one.
inline HeadSpec built_in_cause_head() {
  return {.name = "causes",
          .kind = HeadKind::causes,
          .classes = {"LensBlur", "MotionBlur", "GaussianNoise", "Overexposure", "Underexposure",
                      "Compression", "Ghosting", "Aliasing", "NonUniformity", "LowContrast"},
          .prefix = "cause_classifier."};
}

/// Whether weights are recognized as those of this network without a description: a built-in one
/// with a head of the released layout, and perhaps the built-in head of causes.
inline bool is_recognized(const NetworkSpec& spec) {
  const HeadSpec released;
  const std::size_t heads = spec.heads.size();
  if (heads < 1 || heads > 2 || spec.heads[0].hidden != released.hidden ||
      spec.heads[0].prefix != released.prefix) {
    return false;
  }
  if (heads == 2 && spec.heads[1] != built_in_cause_head()) return false;
  return std::ranges::any_of(built_in_networks(), [&](const NetworkSpec& known) {
    return known.name == spec.name && same_encoder(known, spec);
  });
}

/// The network of a FLIQE: a type with a static function `spec()`, built in or your own, or
/// AnyBackbone.
template <class T>
concept BackboneTraits = std::same_as<T, AnyBackbone> || requires {
  { T::spec() } -> std::convertible_to<NetworkSpec>;
};

/// The network that weights must have, or nothing when any will do.
template <BackboneTraits T>
std::optional<NetworkSpec> required_network() {
  if constexpr (std::same_as<T, AnyBackbone>) {
    return std::nullopt;
  } else {
    return T::spec();
  }
}

}  // namespace fliqe::inline FLIQE_ABI
