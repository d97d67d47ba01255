// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/built_in_networks.hpp>
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
      : engine_(std::make_unique<detail::Engine>(tensors, required_network<Backbone>(),
                                                 with_precision(options),
                                                 &model::step_builder<Precision>)) {}

  static Result<FLIQE> try_load(const std::string& weights_path, const Options& options = {}) {
    return detail::capture([&] { return FLIQE(weights_path, options); });
  }

  /// Quality in [0, 1], higher is better.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a binary
  /// head
  double estimate_image_quality(const ImageView& image) const {
    const std::size_t head = engine_->require_score();
    double quality = 0;
    engine_->run({&image, 1}, [&](std::size_t, const Found& found) {
      quality = engine_->quality(found.logits(head)[0]);
    });
    return quality;
  }

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
    const std::size_t head = engine_->require_score();
    if (images.size() != results.size()) {
      detail::raise(ErrorCode::invalid_argument,
                    "assess: expected " + std::to_string(images.size()) + " results, found " +
                        std::to_string(results.size()));
    }
    engine_->run(images, [&](std::size_t i, const Found& found) {
      Assessment& result = results[i];
      result.logit = found.logits(head)[0];
      result.quality = engine_->quality(result.logit);
      result.embedding = Embedding(found.embedding());
      result.preprocess_ms = found.timing().preprocess_ms;
      result.inference_ms = found.timing().inference_ms;
    });
  }

  /// Features, embedding and all heads, in one pass. @throws Error `invalid_argument` for an empty
  /// picture
  Outputs outputs(const ImageView& image) const {
    Outputs result;
    engine_->run({&image, 1}, [&](std::size_t, const Found& found) {
      result.features = as_vector(found.features());
      if (kind() >= model::ModelKind::encoder) result.embedding = Embedding(found.embedding());
      if (kind() < model::ModelKind::full) return;
      for (std::size_t i = 0; i < spec().heads.size(); ++i) {
        const HeadSpec& head = spec().heads[i];
        result.heads.push_back({head.name, head.kind, as_vector(found.logits(i)),
                                engine_->probabilities(found.logits(i))});
      }
    });
    return result;
  }

  /// The probability of each of classes(): of the first head of classes, which `fliqe train-head
  /// --multiclass` makes, else of being clean and of being distorted.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` without a head
  std::vector<double> classify(const ImageView& image) const {
    const std::size_t head = engine_->require_classes();
    std::vector<double> result;
    engine_->run({&image, 1}, [&](std::size_t, const Found& found) {
      result = engine_->probabilities(found.logits(head));
    });
    return result;
  }

  /// The names of the classes that classify() distinguishes; empty without a head.
  std::vector<std::string> classes() const {
    if (const auto head = engine_->head(HeadKind::classes)) return spec().heads[*head].classes;
    if (has_score()) return {"clean", "distorted"};
    return {};
  }

  /// The embedding: the input of the heads, of length 1; 128 numbers in the built-in networks.
  /// @throws Error `invalid_argument` for an empty picture, `no_such_capability` for a bare trunk
  Embedding embedding(const ImageView& image) const {
    engine_->require_kind(model::ModelKind::encoder, "an embedding");
    Embedding result;
    engine_->run({&image, 1},
                 [&](std::size_t, const Found& found) { result = Embedding(found.embedding()); });
    return result;
  }

  /// The trunk's averaged features: 2048 numbers for ResNet50, 512 for the compact network.
  /// @throws Error `invalid_argument` for an empty picture
  std::vector<float> features(const ImageView& image) const {
    std::vector<float> result;
    engine_->run({&image, 1},
                 [&](std::size_t, const Found& found) { result = as_vector(found.features()); });
    return result;
  }

  /// Runs the network layer by layer on the calling thread; after each step calls
  /// `visitor(step, values)` with the step's name (`step.name`, as in the state dict) and what it
  /// has put out, as floats in the order height, width, channel. To look inside; slow.
  template <class Visitor>
  void observe(const ImageView& image, const Visitor& visitor) const {
    engine_->observe(image, visitor);
  }

  /// Red (0) to green (1) in OpenCV's channel order; see fliqe::get_color.
  static Bgr get_color(double score) noexcept { return fliqe::get_color(score); }

  /// What the loaded weights are.
  const NetworkSpec& spec() const noexcept { return network().spec(); }
  model::ModelKind kind() const noexcept { return network().kind(); }
  /// Whether the weights give scores: a full model with a head of the kind `score`.
  bool has_score() const noexcept { return engine_->head(HeadKind::score).has_value(); }
  /// @throws Error `no_such_capability` unless has_score()
  void require_score() const { engine_->require_score(); }
  int threads() const noexcept { return engine_->threads(); }
  const model::Network& network() const noexcept { return engine_->network(); }

 private:
  using Found = detail::Engine::Found;

  static std::vector<float> as_vector(std::span<const float> values) {
    return {values.begin(), values.end()};
  }

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
