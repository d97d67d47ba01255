// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/header_only.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/model_kind.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/model/step_builder.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

namespace weights {
class TensorSet;
}

namespace model {
struct Step;
}

namespace detail {

/// What the FLIQE classes share, whatever their template parameters. Const calls are thread-safe;
/// each running call holds a scratch of its own, and scratches are kept for the next call.
class Engine {
 public:
  using StepVisitor = std::function<void(const model::Step&, const std::vector<float>&)>;

  /// @param required   the network that the weights must have; nothing: any
  /// @param precision  the only one that `options` may ask for; nothing: any
  /// @param builder    model::step_builder of these precisions
  Engine(const weights::TensorSet& tensors, const std::optional<NetworkSpec>& required,
         const Options& options, const std::optional<PrecisionKind>& precision,
         model::StepBuilder (*builder)(PrecisionKind));
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// @see FLIQE for these.
  double estimate_image_quality(const ImageView& image) const;
  void assess(std::span<const ImageView> images, std::span<Assessment> results) const;
  Outputs outputs(const ImageView& image) const;
  std::vector<double> classify(const ImageView& image) const;
  std::vector<std::string> classes() const;
  std::span<const std::string> causes() const noexcept;
  Embedding embedding(const ImageView& image) const;
  std::vector<float> features(const ImageView& image) const;
  void observe(const ImageView& image, const StepVisitor& visitor) const;

  const model::Network& network() const noexcept;
  const NetworkSpec& spec() const noexcept;
  model::ModelKind kind() const noexcept;
  PrecisionKind precision() const noexcept;
  Isa isa() const noexcept;
  int threads() const noexcept;

  /// Index of the first head of this kind; nothing without one.
  std::optional<std::size_t> head(HeadKind kind) const noexcept;
  /// Index of the first head that gives a score. @throws Error `no_such_capability`
  std::size_t require_score() const;

 private:
  class State;
  std::unique_ptr<const State> state_;
};

}  // namespace detail
}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/quality/engine_impl.hpp>
#endif
