// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <fliqe/base/header_only.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// The pictures that a network takes: 8-bit RGB, resized as Pillow does it, aspect not kept, then
/// (value / 255 - mean) / deviation for each channel.
struct InputSpec {
  int height = 224, width = 224;            ///< pixels
  std::array<float, 3> mean{0, 0, 0};       ///< of red, green, blue
  std::array<float, 3> deviation{1, 1, 1};  ///< of red, green, blue

  /// Whether a grey picture is the same in all three channels.
  bool has_equal_channels() const noexcept {
    const auto equal = [](const std::array<float, 3>& of) {
      return of[0] == of[1] && of[0] == of[2];
    };
    return equal(mean) && equal(deviation);
  }

  bool operator==(const InputSpec&) const = default;
};

/// The first convolution, and max pooling over 3x3 with stride 2 after it.
struct StemSpec {
  int channels = 64;
  int kernel = 7;  ///< odd; padded by half of it
  int stride = 2;
  bool max_pool = true;

  bool operator==(const StemSpec&) const = default;
};

/// Residual blocks (He et al., "Deep Residual Learning for Image Recognition", 2015).
enum class BlockKind {
  basic,      ///< two 3x3 convolutions, the stride on the first
  bottleneck  ///< 1x1, 3x3 with the stride (v1.5), and 1x1 to four times the channels
};

/// Output channels of a block for each of its 3x3 convolution.
constexpr int expansion(BlockKind block) noexcept {
  return block == BlockKind::bottleneck ? 4 : 1;
}

/// Residual blocks one after the other. The first has the stride, and a projection of its input
/// where its output has another shape.
struct StageSpec {
  int blocks = 1;
  int channels = 64;  ///< of the 3x3 convolutions
  int stride = 1;

  bool operator==(const StageSpec&) const = default;
};

enum class HeadKind {
  score,    ///< one logit, that of "distorted": quality = 1 - sigmoid(logit)
  classes,  ///< a logit for each class: probabilities by softmax
  causes    ///< the same for faults: which one it is if the picture is distorted
};

/// Layers from the embedding to logits: Linear, ReLU and BatchNorm1d for each hidden layer, then
/// Linear.
struct HeadSpec {
  std::string name = "quality";
  HeadKind kind = HeadKind::score;
  std::vector<int> hidden{128, 64};    ///< widths
  std::vector<std::string> classes{};  ///< names, of causes too; none for a score
  std::string prefix = "classifier.";  ///< of its tensors' names

  /// Logits.
  int outputs() const noexcept {
    return kind == HeadKind::score ? 1 : static_cast<int>(classes.size());
  }
  bool operator==(const HeadSpec&) const = default;
};

/// A residual network with a projection head and any number of heads: the one description from
/// which the check of weights, the plan, the trainer and the quantizer are derived.
struct NetworkSpec {
  std::string name;
  InputSpec input{};
  StemSpec stem{};
  BlockKind block = BlockKind::bottleneck;
  std::vector<StageSpec> stages{};
  std::vector<int> projection{};  ///< widths of the projection head's hidden layers
  int embedding = 128;            ///< length of the embedding
  std::vector<HeadSpec> heads{HeadSpec{}};

  /// Length of the feature vector: channels of the last stage.
  int features() const noexcept { return stages.back().channels * expansion(block); }

  bool operator==(const NetworkSpec&) const = default;
};

namespace detail {
inline constexpr int max_channels = 1 << 16;
}  // namespace detail

/// Whether two networks have the same embeddings, given the same weights: all but name and heads.
bool same_encoder(const NetworkSpec& a, const NetworkSpec& b);

/// @throws Error `invalid_argument` naming the first number that is out of range
void validate(const NetworkSpec& spec);

}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/model/network_spec_impl.hpp>
#endif
