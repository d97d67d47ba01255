// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <fliqe/base/error.hpp>
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
  score,   ///< one logit, that of "distorted": quality = 1 - sigmoid(logit)
  classes  ///< a logit for each class: probabilities by softmax
};

/// Layers from the embedding to logits: Linear, ReLU and BatchNorm1d for each hidden layer, then
/// Linear.
struct HeadSpec {
  std::string name = "quality";
  HeadKind kind = HeadKind::score;
  std::vector<int> hidden{128, 64};    ///< widths
  std::vector<std::string> classes{};  ///< names; none for a score
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

/// Whether two networks have the same embeddings, given the same weights: all but name and heads.
inline bool same_encoder(const NetworkSpec& a, const NetworkSpec& b) {
  NetworkSpec other = b;
  other.name = a.name;
  other.heads = a.heads;
  return a == other;
}

namespace detail {

/// Bounds that keep all sizes of a network within the range of int, and its description small.
inline constexpr int max_channels = 1 << 16, max_input_size = 1 << 13;
inline constexpr int max_blocks = 1000, max_heads = 100, max_hidden = 100;

/// Checks one number of a network's description.
class SpecCheck {
 public:
  explicit SpecCheck(const NetworkSpec& spec) : name_("network '" + spec.name + "': ") {}

  void within(const std::string& what, int found, int lowest, int highest) const {
    require(found >= lowest && found <= highest, ErrorCode::invalid_argument,
            name_ + what + ": expected " + std::to_string(lowest) + " to " +
                std::to_string(highest) + ", found " + std::to_string(found));
  }
  void that(bool condition, const std::string& message) const {
    require(condition, ErrorCode::invalid_argument, name_ + message);
  }

 private:
  std::string name_;
};

inline void check_head(const SpecCheck& check, const HeadSpec& head) {
  const std::string name = "head '" + head.name + "'";
  check.that(!head.name.empty() && !head.prefix.empty(), "expected heads with a name and a prefix");
  check.within(name + ", hidden layers", static_cast<int>(head.hidden.size()), 0, max_hidden);
  for (const int width : head.hidden) check.within(name + ", hidden", width, 1, max_channels);
  const bool is_score = head.kind == HeadKind::score;
  check.within(name + ", classes", static_cast<int>(head.classes.size()), is_score ? 0 : 2,
               is_score ? 0 : max_channels);
}

}  // namespace detail

/// @throws Error `invalid_argument` naming the first number that is out of range
inline void validate(const NetworkSpec& spec) {
  const detail::SpecCheck check(spec);
  using namespace detail;
  check.within("input height", spec.input.height, 1, max_input_size);
  check.within("input width", spec.input.width, 1, max_input_size);
  for (const float deviation : spec.input.deviation) {
    check.that(deviation > 0, "expected positive deviations of the input");
  }
  check.within("stem channels", spec.stem.channels, 1, max_channels);
  check.within("stem kernel", spec.stem.kernel, 1, 31);
  check.that(spec.stem.kernel % 2 == 1, "expected an odd stem kernel");
  check.within("stem stride", spec.stem.stride, 1, 8);
  check.within("stages", static_cast<int>(spec.stages.size()), 1, max_blocks);
  int blocks = 0;
  for (const StageSpec& stage : spec.stages) {
    check.within("blocks of a stage", stage.blocks, 1, max_blocks);
    check.within("blocks", blocks += stage.blocks, 1, max_blocks);
    check.within("channels of a stage", stage.channels, 1, max_channels);
    check.within("stride of a stage", stage.stride, 1, 8);
  }
  check.within("projection layers", static_cast<int>(spec.projection.size()), 0, max_hidden);
  for (const int width : spec.projection) check.within("projection", width, 1, max_channels);
  check.within("embedding", spec.embedding, 1, max_channels);
  check.within("heads", static_cast<int>(spec.heads.size()), 0, max_heads);
  for (const HeadSpec& head : spec.heads) {
    check_head(check, head);
    const auto same_name = [&](const HeadSpec& other) { return other.name == head.name; };
    const auto same_prefix = [&](const HeadSpec& other) { return other.prefix == head.prefix; };
    check.that(std::ranges::count_if(spec.heads, same_name) == 1 &&
                   std::ranges::count_if(spec.heads, same_prefix) == 1,
               "expected heads of different names and prefixes, found '" + head.name + "' and '" +
                   head.prefix + "' more than once");
  }
}

}  // namespace fliqe::inline FLIQE_ABI
