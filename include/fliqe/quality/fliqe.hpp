// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/backbone.hpp>
#include <fliqe/quality/color.hpp>
#include <fliqe/quality/engine.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <memory>
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
/// @tparam Backbone   ResNet50 (the released network), CompactResNet50, a type with a `spec` of
/// your
///                    own, or AnyBackbone
/// @tparam Precision  f32, bf16, int8 (needs weights that `fliqe quantize` made) or AnyPrecision
template <BackboneTraits Backbone = ResNet50, PrecisionTag Precision = f32>
class FLIQE {
 public:
  /// Loads a safetensors file; `fliqe convert` makes one from a `.pth`.
  /// @throws Error `io`, `unsupported_format`, `corrupt_file`, `weights_mismatch` or `non_finite`
  explicit FLIQE(const std::string& weights_path, const Options& options = {})
      : FLIQE(weights::Safetensors::open(weights_path), options) {}

  /// Loads from memory, which is not needed afterwards. `name` stands for the file in messages.
  explicit FLIQE(std::span<const std::byte> weights, const Options& options = {},
                 const std::string& name = "weights in memory")
      : FLIQE(weights::Safetensors::from_memory(weights, name), options) {}

  explicit FLIQE(const weights::Safetensors& file, const Options& options = {})
      : engine_(std::make_unique<detail::Engine>(file, required_spec<Backbone>(),
                                                 with_precision(options),
                                                 &model::step_builder<Precision>)) {}

  static Result<FLIQE> try_load(const std::string& weights_path, const Options& options = {}) {
    return detail::capture([&] { return FLIQE(weights_path, options); });
  }

  /// Quality in [0, 1], higher is better.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a binary
  /// head
  double estimate_image_quality(const ImageView& image) const { return assess(image).quality; }

  /// Quality, logit and embedding. @throws Error as estimate_image_quality()
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
    engine_->require_score();
    if (images.size() != results.size()) {
      detail::raise(ErrorCode::invalid_argument,
                    "assess: expected " + std::to_string(images.size()) + " results, found " +
                        std::to_string(results.size()));
    }
    engine_->run(images, [&](std::size_t i, const model::Workspace& workspace, int slot,
                             const detail::Engine::Timing& timing) {
      Assessment& result = results[i];
      result.logit = network().logits(workspace, slot)[0];
      result.quality = engine_->quality(result.logit);
      std::ranges::copy(network().embedding(workspace, slot), result.embedding.begin());
      result.preprocess_ms = timing.preprocess_ms;
      result.inference_ms = timing.inference_ms;
    });
  }

  /// The probability of each of classes(), for weights whose head `fliqe train-head --multiclass`
  /// made; with a binary head those of being clean and of being distorted.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a head
  std::vector<double> classify(const ImageView& image) const {
    engine_->require_kind(model::ModelKind::full, "a classification");
    std::vector<double> result;
    engine_->run({&image, 1}, [&](std::size_t, const model::Workspace& workspace, int slot,
                                  const detail::Engine::Timing&) {
      result = engine_->probabilities(network().logits(workspace, slot));
    });
    return result;
  }

  /// The names of what classify() tells apart.
  const std::vector<std::string>& classes() const noexcept { return engine_->classes(); }

  /// The 128 numbers before the head, of length 1. Needs no head.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` for a bare trunk
  std::array<float, embedding_size> embedding(const ImageView& image) const {
    engine_->require_kind(model::ModelKind::encoder, "an embedding");
    std::array<float, embedding_size> result;
    engine_->run({&image, 1}, [&](std::size_t, const model::Workspace& workspace, int slot,
                                  const detail::Engine::Timing&) {
      std::ranges::copy(network().embedding(workspace, slot), result.begin());
    });
    return result;
  }

  /// The trunk's averaged features: 2048 numbers for ResNet50, 512 for the compact backbone.
  /// @throws Error `invalid_argument` for an empty picture
  std::vector<float> features(const ImageView& image) const {
    std::vector<float> result(static_cast<std::size_t>(network().spec().features()));
    engine_->run({&image, 1}, [&](std::size_t, const model::Workspace& workspace, int slot,
                                  const detail::Engine::Timing&) {
      std::ranges::copy(network().features(workspace, slot), result.begin());
    });
    return result;
  }

  /// Runs the network layer by layer on the calling thread; after each step calls
  /// `see(step, values)` with the step's name (`step.name`, as in the state dict) and what it has
  /// put out, as floats in the order height, width, channel. To look inside; slow.
  template <class See>
  void observe(const ImageView& image, const See& see) const {
    engine_->observe(image, see);
  }

  /// Red (0) to green (1) in OpenCV's channel order; see fliqe::get_color.
  static Bgr get_color(double score) noexcept { return fliqe::get_color(score); }

  /// What the loaded weights are.
  const BackboneSpec& backbone() const noexcept { return network().spec(); }
  model::ModelKind kind() const noexcept { return network().kind(); }
  /// Whether the weights give scores: a full model whose head has one output.
  bool has_score() const noexcept {
    return kind() == model::ModelKind::full && network().outputs() == 1;
  }
  /// @throws Error `no_such_capability` unless has_score()
  void require_score() const { engine_->require_score(); }
  int threads() const noexcept { return engine_->threads(); }
  const model::Network& network() const noexcept { return engine_->network(); }

 private:
  /// @throws Error `invalid_argument` when `options` ask for another precision than the class's
  static Options with_precision(Options options) {
    if constexpr (!std::same_as<Precision, AnyPrecision>) {
      const PrecisionChoice asked = options.precision;
      if (asked != PrecisionChoice() && asked != Precision::kind) {
        detail::raise(ErrorCode::invalid_argument,
                      "precision: expected " + std::string(to_string(Precision::kind)) +
                          ", that of the class, found " + std::string(to_string(asked)) +
                          " (FLIQE<Backbone, AnyPrecision> takes every precision)");
      }
      options.precision = Precision::kind;
    }
    return options;
  }

  std::unique_ptr<const detail::Engine> engine_;
};

}  // namespace fliqe::inline FLIQE_ABI
