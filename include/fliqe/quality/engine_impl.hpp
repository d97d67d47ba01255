// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fliqe/base/adaptive_parallel.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/image/resize.hpp>
#include <fliqe/model/network.hpp>
#include <fliqe/quality/engine.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <mutex>
#include <optional>
#include <utility>

namespace fliqe::inline FLIQE_ABI::detail {

/// What the network takes for each byte of each channel, in the order of operations of PyTorch's
/// ToTensor and Normalize.
using InputLevels = std::array<std::array<float, 256>, 3>;

inline InputLevels input_levels(const InputSpec& input) {
  InputLevels levels{};
  for (std::size_t c = 0; c < levels.size(); ++c) {
    for (std::size_t i = 0; i < levels[c].size(); ++i) {
      levels[c][i] = (static_cast<float>(i) / 255.0f - input.mean[c]) / input.deviation[c];
    }
  }
  return levels;
}

class Engine::State {
 public:
  State(const weights::TensorSet& tensors, const std::optional<NetworkSpec>& required,
        const Options& options, model::StepBuilder (*builder)(PrecisionKind))
      : isa_(options.isa.value_or(default_isa())),
        threads_(resolve_thread_count(options.threads)),
        max_batch_(options.max_batch),
        source_(tensors.name()),
        network_(tensors, required,
                 options.load_threads == 0 ? threads_ : resolve_thread_count(options.load_threads),
                 {.parity = options.parity, .precision = options.precision}, isa_, builder),
        levels_(input_levels(network_.spec().input)) {
    require(options.max_batch >= 1 && options.max_batch <= 1024, ErrorCode::invalid_argument,
            {"max_batch: expected 1 to 1024, found ", options.max_batch});
  }

  const model::Network& network() const noexcept { return network_; }
  int threads() const noexcept { return threads_; }

  /// @throws Error `no_such_capability` unless the weights reach as far as `needed`
  void require_kind(model::ModelKind needed, const char* purpose) const {
    if (network_.kind() >= needed) return;
    raise(ErrorCode::no_such_capability, {source_, ": ", purpose, " needs the ", to_string(needed),
                                          ", these weights are ", to_string(network_.kind())});
  }

  /// Index of the first head of this kind; nothing without one.
  std::optional<std::size_t> head(HeadKind kind) const noexcept {
    const std::vector<HeadSpec>& heads = network_.spec().heads;
    const auto found = std::ranges::find(heads, kind, &HeadSpec::kind);
    if (network_.kind() != model::ModelKind::full || found == heads.end()) return std::nullopt;
    return static_cast<std::size_t>(found - heads.begin());
  }

  /// Index of the first head that gives a score. @throws Error `no_such_capability`
  std::size_t require_score() const {
    require_kind(model::ModelKind::full, "a quality score");
    if (const auto found = head(HeadKind::score)) return *found;
    raise(ErrorCode::no_such_capability,
          {source_, ": a quality score needs a head of the kind 'score', these weights have ",
           describe_heads()});
  }

  /// Index of the first head of classes, else of a score. @throws Error `no_such_capability`
  std::size_t require_classes() const {
    require_kind(model::ModelKind::full, "a classification");
    for (const HeadKind kind : {HeadKind::classes, HeadKind::score}) {
      if (const auto found = head(kind)) return *found;
    }
    raise(ErrorCode::no_such_capability,
          {source_, ": a classification needs a head, these weights have none"});
  }

  struct Timing {
    double preprocess_ms = 0;
    double inference_ms = 0;
  };

  /// The results for one picture, in the memory of a scratch.
  class Found {
   public:
    Found(const model::Network& network, const model::Workspace& workspace, int slot,
          const Timing& timing)
        : network_(network), workspace_(workspace), slot_(slot), timing_(timing) {}

    std::span<const float> features() const { return network_.features(workspace_, slot_); }
    std::span<const float> embedding() const { return network_.embedding(workspace_, slot_); }
    std::span<const float> logits(std::size_t head) const {
      return network_.logits(workspace_, slot_, head);
    }
    const Timing& timing() const noexcept { return timing_; }

   private:
    const model::Network& network_;
    const model::Workspace& workspace_;
    int slot_;
    Timing timing_;
  };

  /// Runs `images` in batches; calls `visitor(index, found)` for each.
  template <class Visitor>
  void run(std::span<const ImageView> images, const Visitor& visitor) const {
    Lease lease(*this);
    const auto batch_limit = static_cast<std::size_t>(max_batch_);
    for (std::size_t first = 0; first < images.size(); first += batch_limit) {
      const std::size_t count = std::min(batch_limit, images.size() - first);
      Scratch& scratch = lease.scratch(static_cast<int>(count));
      const double start = now_ms();
      for (std::size_t i = 0; i < count; ++i) {
        preprocess(images[first + i], scratch, static_cast<int>(i));
      }
      const double prepared = now_ms();
      network_.run(scratch.workspace, static_cast<int>(count), threads_);
      const double done = now_ms();
      const Timing timing{(prepared - start) / static_cast<double>(count),
                          (done - prepared) / static_cast<double>(count)};
      for (std::size_t i = 0; i < count; ++i) {
        visitor(first + i, Found(network_, scratch.workspace, static_cast<int>(i), timing));
      }
    }
  }

  /// @see model::Network::observe
  template <class Visitor>
  void observe(const ImageView& image, const Visitor& visitor) const {
    Lease lease(*this);
    Scratch& scratch = lease.scratch(1);
    preprocess(image, scratch, 0);
    network_.observe(scratch.workspace,
                     [&](const auto& step, const auto& values) { visitor(step, values()); });
  }

  /// Quality from a logit, in double precision.
  double quality(float logit) const {
    if (!std::isfinite(logit)) {
      raise(ErrorCode::non_finite, {source_, ": the network returned NaN or infinity"});
    }
    return 1.0 / (1.0 + std::exp(static_cast<double>(logit)));
  }

  /// Probabilities of the classes, in double precision: softmax, or sigmoid of a single logit.
  std::vector<double> probabilities(std::span<const float> logits) const {
    if (logits.size() == 1) {
      const double good = quality(logits[0]);
      return {good, 1 - good};
    }
    std::vector<double> result(logits.size());
    softmax(logits, result);
    return result;
  }

  /// In double precision. `results` is as long as `logits`.
  void softmax(std::span<const float> logits, std::span<double> results) const {
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      sum += results[i] = std::exp(logits[i] - largest);
    }
    if (!std::isfinite(sum)) {
      raise(ErrorCode::non_finite, {source_, ": the network returned NaN or infinity"});
    }
    for (double& each : results) each /= sum;
  }

 private:
  std::string describe_heads() const {
    std::string text;
    for (const HeadSpec& head : network_.spec().heads) {
      text += (text.empty() ? "'" : ", '") + head.name + "' of " +
              std::to_string(head.classes.size()) + " classes";
    }
    return text.empty() ? "none" : text + " (classify() uses them)";
  }

  struct Scratch {
    Scratch(model::Workspace memory, const InputSpec& input, Isa isa)
        : workspace(std::move(memory)),
          resizer(input.width, input.height, isa),
          pixels(static_cast<std::size_t>(input.height * resizer.row_bytes(PixelFormat::rgb8))) {}

    model::Workspace workspace;
    BilinearResizer resizer;
    std::vector<std::uint8_t> pixels;  ///< resized
    AdaptiveParallel parallel;
  };

  /// A scratch for the time of one call.
  class Lease {
   public:
    explicit Lease(const State& state) : state_(state), scratch_(state.take_scratch()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { state_.return_scratch(std::move(scratch_)); }

    /// With room for `batch` images at least.
    Scratch& scratch(int batch) {
      if (scratch_ == nullptr) {
        scratch_ = std::make_unique<Scratch>(state_.network_.make_workspace(batch),
                                             state_.network_.spec().input, state_.isa_);
      } else if (scratch_->workspace.capacity() < batch) {
        scratch_->workspace = state_.network_.make_workspace(batch);
      }
      return *scratch_;
    }

   private:
    const State& state_;
    std::unique_ptr<Scratch> scratch_;
  };

  std::unique_ptr<Scratch> take_scratch() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      idle_.reserve(idle_.capacity() + 1);  // so that giving it back cannot fail
      return nullptr;
    }
    std::unique_ptr<Scratch> scratch = std::move(idle_.back());
    idle_.pop_back();
    return scratch;
  }

  void return_scratch(std::unique_ptr<Scratch> scratch) const noexcept {
    if (scratch == nullptr) return;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(scratch));
  }

  void preprocess(const ImageView& image, Scratch& scratch, int slot) const {
    scratch.resizer.prepare(image, threads_);
    const TensorView color = network_.input(scratch.workspace, slot);
    const std::optional<TensorView> gray = network_.gray_input(scratch.workspace, slot);
    const std::ptrdiff_t row_bytes = scratch.resizer.row_bytes(image.format);
    // Grey pictures have one plane, which stands for all three.
    const bool has_one_plane = BilinearResizer::channels(image.format) == 1;
    const std::ptrdiff_t plane = has_one_plane ? 0 : scratch.resizer.plane_stride();
    std::atomic<bool> is_gray{gray.has_value()};
    const auto scale_row = [&](int y) {
      const std::uint8_t* in = scratch.pixels.data() + y * row_bytes;
      if (is_gray.load(std::memory_order_relaxed)) {
        if (are_equal(in, plane, color.shape().w)) {
          scale_gray_row(in, *gray, y);
        } else {
          is_gray.store(false, std::memory_order_relaxed);
        }
      }
      if (!gray || !has_one_plane) scale_color_row(in, plane, color, y);
    };
    scratch.parallel.run(threads_, static_cast<double>(image.width) * image.height,
                         [&](const Team& team) {
                           scratch.resizer.run(image, scratch.pixels.data(), team, scale_row);
                         });
    if (gray) network_.set_gray(scratch.workspace, slot, is_gray);
  }

  /// Whether a row has the same pixels in its three planes.
  static bool are_equal(const std::uint8_t* in, std::ptrdiff_t plane, int width) noexcept {
    const auto bytes = static_cast<std::size_t>(width);
    return plane == 0 ||
           (std::memcmp(in, in + plane, bytes) == 0 && std::memcmp(in, in + 2 * plane, bytes) == 0);
  }

  void scale_gray_row(const std::uint8_t* in, const TensorView& gray, int y) const noexcept {
    float* out = gray.pixel(0, y, 0);
    for (int x = 0; x < gray.shape().w; ++x) out[x] = levels_[0][in[x]];
  }

  void scale_color_row(const std::uint8_t* in, std::ptrdiff_t plane, const TensorView& color,
                       int y) const noexcept {
    float* out = color.pixel(0, y, 0);
    for (int x = 0; x < color.shape().w; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        out[3 * x + static_cast<int>(c)] =
            levels_[c][in[static_cast<std::ptrdiff_t>(c) * plane + x]];
      }
    }
  }

  static double now_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
  }

  Isa isa_;
  int threads_;
  int max_batch_;
  std::string source_;
  model::Network network_;
  InputLevels levels_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;
};

/// @throws Error `invalid_argument` when `options` ask for another precision than the class's
inline Options with_precision(Options options, const std::optional<PrecisionKind>& precision) {
  if (!precision) return options;
  const PrecisionChoice asked = options.precision;
  if (asked != PrecisionChoice() && asked != *precision) {
    raise(ErrorCode::invalid_argument,
          {"precision: expected ", to_string(*precision), ", that of the class, found ",
           to_string(asked), " (FLIQE<Backbone, AnyPrecision> takes every precision)"});
  }
  options.precision = *precision;
  return options;
}

inline std::vector<float> as_vector(std::span<const float> values) {
  return {values.begin(), values.end()};
}

FLIQE_INLINE Engine::Engine(const weights::TensorSet& tensors,
                            const std::optional<NetworkSpec>& required, const Options& options,
                            const std::optional<PrecisionKind>& precision,
                            model::StepBuilder (*builder)(PrecisionKind))
    : state_(std::make_unique<const State>(tensors, required, with_precision(options, precision),
                                           builder)) {}
FLIQE_INLINE Engine::Engine(Engine&&) noexcept = default;
FLIQE_INLINE Engine& Engine::operator=(Engine&&) noexcept = default;
FLIQE_INLINE Engine::~Engine() = default;

FLIQE_INLINE double Engine::estimate_image_quality(const ImageView& image) const {
  const std::size_t head = require_score();
  double quality = 0;
  state_->run({&image, 1}, [&](std::size_t, const State::Found& found) {
    quality = state_->quality(found.logits(head)[0]);
  });
  return quality;
}

FLIQE_INLINE void Engine::assess(std::span<const ImageView> images,
                                 std::span<Assessment> results) const {
  const std::size_t score = require_score();
  const std::optional<std::size_t> causes = head(HeadKind::causes);
  if (images.size() != results.size()) {
    raise(ErrorCode::invalid_argument,
          {"assess: expected ", images.size(), " results, found ", results.size()});
  }
  state_->run(images, [&](std::size_t i, const State::Found& found) {
    Assessment& result = results[i];
    result.logit = found.logits(score)[0];
    result.quality = state_->quality(result.logit);
    result.embedding = Embedding(found.embedding());
    result.causes = CauseProbabilities(causes ? found.logits(*causes).size() : 0);
    if (causes) state_->softmax(found.logits(*causes), result.causes);
    result.preprocess_ms = found.timing().preprocess_ms;
    result.inference_ms = found.timing().inference_ms;
  });
}

FLIQE_INLINE Outputs Engine::outputs(const ImageView& image) const {
  Outputs result;
  state_->run({&image, 1}, [&](std::size_t, const State::Found& found) {
    result.features = as_vector(found.features());
    if (kind() >= model::ModelKind::encoder) result.embedding = Embedding(found.embedding());
    if (kind() < model::ModelKind::full) return;
    for (std::size_t i = 0; i < spec().heads.size(); ++i) {
      const HeadSpec& head = spec().heads[i];
      result.heads.push_back({head.name, head.kind, as_vector(found.logits(i)),
                              state_->probabilities(found.logits(i))});
    }
  });
  return result;
}

FLIQE_INLINE std::vector<double> Engine::classify(const ImageView& image) const {
  const std::size_t head = state_->require_classes();
  std::vector<double> result;
  state_->run({&image, 1}, [&](std::size_t, const State::Found& found) {
    result = state_->probabilities(found.logits(head));
  });
  return result;
}

FLIQE_INLINE std::vector<std::string> Engine::classes() const {
  if (const auto classes = head(HeadKind::classes)) return spec().heads[*classes].classes;
  if (head(HeadKind::score)) return {"clean", "distorted"};
  return {};
}

FLIQE_INLINE std::span<const std::string> Engine::causes() const noexcept {
  if (const auto causes = head(HeadKind::causes)) return spec().heads[*causes].classes;
  return {};
}

FLIQE_INLINE Embedding Engine::embedding(const ImageView& image) const {
  state_->require_kind(model::ModelKind::encoder, "an embedding");
  Embedding result;
  state_->run({&image, 1}, [&](std::size_t, const State::Found& found) {
    result = Embedding(found.embedding());
  });
  return result;
}

FLIQE_INLINE std::vector<float> Engine::features(const ImageView& image) const {
  std::vector<float> result;
  state_->run({&image, 1}, [&](std::size_t, const State::Found& found) {
    result = as_vector(found.features());
  });
  return result;
}

FLIQE_INLINE void Engine::observe(const ImageView& image, const StepVisitor& visitor) const {
  state_->observe(image, visitor);
}

FLIQE_INLINE const model::Network& Engine::network() const noexcept {
  return state_->network();
}
FLIQE_INLINE const NetworkSpec& Engine::spec() const noexcept {
  return network().spec();
}
FLIQE_INLINE model::ModelKind Engine::kind() const noexcept {
  return network().kind();
}
FLIQE_INLINE PrecisionKind Engine::precision() const noexcept {
  return network().precision();
}
FLIQE_INLINE Isa Engine::isa() const noexcept {
  return network().isa();
}
FLIQE_INLINE int Engine::threads() const noexcept {
  return state_->threads();
}

FLIQE_INLINE std::optional<std::size_t> Engine::head(HeadKind kind) const noexcept {
  return state_->head(kind);
}

FLIQE_INLINE std::size_t Engine::require_score() const {
  return state_->require_score();
}

}  // namespace fliqe::inline FLIQE_ABI::detail
