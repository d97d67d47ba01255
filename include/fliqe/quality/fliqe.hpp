// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/quality/color.hpp>
#include <fliqe/quality/engine.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Scores the quality of thermal pictures: the network of FLIQE (FLIR Image Quality Estimator).
///
/// All calls are const and thread-safe: share one object between threads. A result's bits depend
/// only on the picture, the weights and the instruction set, not on threads, batch or neighbours.
/// After the first call with pictures of one size a call allocates nothing.
///
/// @tparam Backbone   ResNet50 (the released network), CompactResNet50, AnyBackbone, or a type of
///                    your own whose static function `spec()` returns a NetworkSpec
/// @tparam Precision  f32, bf16, int8 (needs weights that `fliqe quantize` made) or AnyPrecision
template <BackboneTraits Backbone = ResNet50, PrecisionTag Precision = f32>
class FLIQE {
 public:
  /// Loads a safetensors file; `fliqe convert` makes one from a `.pth`.
  /// @throws Error `io`, `unsupported_format`, `corrupt_file`, `weights_mismatch` or `non_finite`
  explicit FLIQE(const std::string& weights_path, const Options& options = {})
      : FLIQE(weights::read_safetensors(weights_path), options) {}

  /// Loads from memory, which is not needed afterwards. `name` stands for the file in messages.
  explicit FLIQE(std::span<const std::byte> weights, const Options& options = {},
                 const std::string& name = "weights in memory")
      : FLIQE(weights::parse_safetensors(weights, name), options) {}

  /// Takes tensors from elsewhere, which are not needed afterwards.
  /// @throws Error `weights_mismatch` or `non_finite`
  explicit FLIQE(const weights::TensorSet& tensors, const Options& options = {})
      : engine_(tensors, required_network<Backbone>(), options, only_precision<Precision>(),
                &model::step_builder<Precision>) {}

  static Result<FLIQE> try_load(const std::string& weights_path, const Options& options = {}) {
    return detail::capture([&] { return FLIQE(weights_path, options); });
  }

  /// Quality in [0, 1], higher is better.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a binary
  /// head
  double estimate_image_quality(const ImageView& image) const {
    return engine_.estimate_image_quality(image);
  }

  /// Quality, logit, embedding and causes. @throws Error as estimate_image_quality()
  Assessment assess(const ImageView& image) const {
    Assessment result;
    assess({&image, 1}, {&result, 1});
    return result;
  }

  Result<Assessment> try_assess(const ImageView& image) const {
    return detail::capture([&] { return assess(image); });
  }

  Result<double> try_estimate_image_quality(const ImageView& image) const {
    return detail::capture([&] { return estimate_image_quality(image); });
  }

  /// Assesses many pictures, of any sizes and formats; results are bit for bit those of single
  /// calls.
  /// @throws Error as estimate_image_quality(), and when `results` is not as long as `images`
  void assess(std::span<const ImageView> images, std::span<Assessment> results) const {
    engine_.assess(images, results);
  }

  /// Features, embedding and all heads, in one pass. @throws Error `invalid_argument` for an empty
  /// picture
  Outputs outputs(const ImageView& image) const { return engine_.outputs(image); }

  /// The probability of each of classes(): of the first head of classes, which `fliqe train-head
  /// --multiclass` makes, else of being clean and of being distorted.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a head
  std::vector<double> classify(const ImageView& image) const { return engine_.classify(image); }

  /// The names of the classes that classify() distinguishes; empty without a head.
  std::vector<std::string> classes() const { return engine_.classes(); }

  /// The names of the faults whose probabilities are Assessment::causes; empty when the weights
  /// name none. Valid as long as this object.
  std::span<const std::string> causes() const noexcept { return engine_.causes(); }

  /// The embedding: the input of the heads, of length 1; 128 numbers in the built-in networks.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` for a bare trunk
  Embedding embedding(const ImageView& image) const { return engine_.embedding(image); }

  /// The trunk's averaged features: 2048 numbers for ResNet50, 512 for the compact network.
  /// @throws Error `invalid_argument` for an empty picture
  std::vector<float> features(const ImageView& image) const { return engine_.features(image); }

  /// Runs the network layer by layer on the calling thread; after each step calls
  /// `visitor(step, values)` with the step's name (`step.name`, as in the state dict; a
  /// model::Step of <fliqe/model/step.hpp>) and what it has put out, as floats in the order height,
  /// width, channel. To look inside; slow.
  void observe(const ImageView& image, const detail::Engine::StepVisitor& visitor) const {
    engine_.observe(image, visitor);
  }

  /// Red (0) to green (1) in OpenCV's channel order; see fliqe::get_color.
  static Bgr get_color(double score) noexcept { return fliqe::get_color(score); }

  /// What the loaded weights are.
  const NetworkSpec& spec() const noexcept { return engine_.spec(); }
  model::ModelKind kind() const noexcept { return engine_.kind(); }
  /// Whether the weights give scores: a full model with a head of the kind `score`.
  bool has_score() const noexcept { return engine_.head(HeadKind::score).has_value(); }
  /// @throws Error `no_such_capability` unless has_score()
  void require_score() const { engine_.require_score(); }
  PrecisionKind precision() const noexcept { return engine_.precision(); }
  Isa isa() const noexcept { return engine_.isa(); }
  int threads() const noexcept { return engine_.threads(); }
  /// Of <fliqe/model/network.hpp>.
  const model::Network& network() const noexcept { return engine_.network(); }

 private:
  detail::Engine engine_;
};

}  // namespace fliqe::inline FLIQE_ABI
