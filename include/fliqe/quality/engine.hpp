// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fliqe/image/resize.hpp>
#include <fliqe/model/network.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

/// i / 255 for every byte, rounded as PyTorch's ToTensor rounds it.
inline constexpr std::array<float, 256> unit_range = [] {
  std::array<float, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i) / 255.0f;
  return table;
}();

/// Pictures in, network results out: what the FLIQE classes share. Const calls are thread-safe;
/// each running call holds a scratch of its own, and scratches are kept for the next call.
class Engine {
 public:
  /// @param builder  model::step_builder of the precisions that `options` may ask for
  Engine(const weights::Safetensors& file, const BackboneSpec* required, const Options& options,
         model::StepBuilder (*builder)(PrecisionKind))
      : isa_(options.isa.value_or(default_isa())),
        threads_(resolve_thread_count(options.threads)),
        max_batch_(options.max_batch),
        source_(file.name()),
        network_(file, required,
                 options.load_threads == 0 ? threads_ : resolve_thread_count(options.load_threads),
                 {.parity = options.parity, .precision = options.precision}, isa_, builder),
        classes_(class_names(file, network_.outputs())) {
    require(options.max_batch >= 1 && options.max_batch <= 1024, ErrorCode::invalid_argument,
            "max_batch: expected 1 to 1024, found " + std::to_string(options.max_batch));
  }

  const model::Network& network() const noexcept { return network_; }
  int threads() const noexcept { return threads_; }
  int max_batch() const noexcept { return max_batch_; }

  /// @throws Error `no_such_capability` unless the weights reach as far as `needed`
  void require_kind(model::ModelKind needed, const char* purpose) const {
    if (network_.kind() >= needed) return;
    detail::raise(ErrorCode::no_such_capability,
                  source_ + ": " + purpose + " needs the " + std::string(to_string(needed)) +
                      ", these weights are " + std::string(to_string(network_.kind())));
  }

  /// @throws Error `no_such_capability` unless the weights give one logit, that of "distorted"
  void require_score() const {
    require_kind(model::ModelKind::full, "a quality score");
    if (network_.outputs() == 1) return;
    detail::raise(ErrorCode::no_such_capability,
                  source_ + ": a quality score needs a head with one output, this one tells " +
                      std::to_string(network_.outputs()) + " classes apart (classify() uses it)");
  }

  /// What the head tells apart: as the file says, else by number.
  const std::vector<std::string>& classes() const noexcept { return classes_; }

  struct Timing {
    double preprocess_ms = 0;
    double inference_ms = 0;
  };

  /// Runs `images` in batches; calls `take(index, network, workspace, slot, timing)` for each.
  template <class Take>
  void run(std::span<const ImageView> images, const Take& take) const {
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
        take(first + i, scratch.workspace, static_cast<int>(i), timing);
      }
    }
  }

  /// @see model::Network::observe
  template <class See>
  void observe(const ImageView& image, const See& see) const {
    Lease lease(*this);
    Scratch& scratch = lease.scratch(1);
    preprocess(image, scratch, 0);
    network_.observe(scratch.workspace, see);
  }

  /// Quality from a logit, in double precision.
  double quality(float logit) const {
    if (!std::isfinite(logit)) {
      detail::raise(ErrorCode::non_finite, source_ + ": the network returned NaN or infinity");
    }
    return 1.0 / (1.0 + std::exp(static_cast<double>(logit)));
  }

  /// Probabilities of the classes, in double precision: softmax, or sigmoid of a single logit.
  std::vector<double> probabilities(std::span<const float> logits) const {
    if (logits.size() == 1) {
      const double good = quality(logits[0]);
      return {good, 1 - good};
    }
    const double largest = *std::ranges::max_element(logits);
    std::vector<double> result;
    double sum = 0;
    for (const float logit : logits) sum += result.emplace_back(std::exp(logit - largest));
    if (!std::isfinite(sum)) {
      detail::raise(ErrorCode::non_finite, source_ + ": the network returned NaN or infinity");
    }
    for (double& each : result) each /= sum;
    return result;
  }

 private:
  static std::vector<std::string> class_names(const weights::Safetensors& file, int outputs) {
    const std::size_t count = outputs == 1 ? 2 : static_cast<std::size_t>(outputs);
    std::vector<std::string> names;
    std::istringstream lines(file.metadata("classes").value_or(""));
    for (std::string line; std::getline(lines, line);) names.push_back(line);
    if (names.size() == count) return names;
    if (outputs == 1) return {"clean", "distorted"};
    names.clear();
    for (std::size_t i = 0; i < count; ++i) names.push_back("class " + std::to_string(i));
    return names;
  }

  struct Scratch {
    Scratch(model::Workspace memory, Isa isa)
        : workspace(std::move(memory)), resizer(input_size, input_size, isa) {}

    model::Workspace workspace;
    BilinearResizer resizer;
    std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(input_size * input_size * 3);
    static_assert(input_size % kernels::resample_padding == 0);
  };

  /// A scratch for the time of one call.
  class Lease {
   public:
    explicit Lease(const Engine& engine) : engine_(engine), scratch_(engine.take_scratch()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { engine_.return_scratch(std::move(scratch_)); }

    /// With room for `batch` images at least.
    Scratch& scratch(int batch) {
      if (scratch_ == nullptr) {
        scratch_ = std::make_unique<Scratch>(engine_.network_.make_workspace(batch), engine_.isa_);
      } else if (scratch_->workspace.capacity() < batch) {
        scratch_->workspace = engine_.network_.make_workspace(batch);
      }
      return *scratch_;
    }

   private:
    const Engine& engine_;
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
    scratch.resizer.prepare(image);
    const TensorView input = network_.input(scratch.workspace, slot);
    const std::ptrdiff_t row_bytes = scratch.resizer.row_bytes(image.format);
    // Grey pictures have one plane, which stands for all three.
    const bool gray = BilinearResizer::channels(image.format) == 1;
    const std::ptrdiff_t plane = gray ? 0 : scratch.resizer.plane_stride();
    parallel(threads_, [&](const Team& team) {
      scratch.resizer.run(image, scratch.pixels.data(), team);
      // The same rows that this thread has just resized.
      const Range rows = team.share(input_size);
      for (auto y = static_cast<int>(rows.begin); y < static_cast<int>(rows.end); ++y) {
        const std::uint8_t* in = scratch.pixels.data() + y * row_bytes;
        float* out = input.pixel(0, y, 0);
        for (int x = 0; x < input_size; ++x) {
          for (int c = 0; c < 3; ++c) out[3 * x + c] = unit_range[in[c * plane + x]];
        }
      }
    });
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
  std::vector<std::string> classes_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;
};

}  // namespace fliqe::inline FLIQE_ABI::detail
