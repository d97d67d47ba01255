// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/adaptive_parallel.hpp>
#include <fliqe/base/task_queue.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/model/arena_plan.hpp>
#include <fliqe/model/model_kind.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/model/step.hpp>
#include <fliqe/model/step_builder.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Memory for one forward pass of up to `capacity` images. One thread at a time may use it.
class Workspace {
 public:
  int capacity() const noexcept { return capacity_; }

 private:
  friend class Network;
  Workspace(std::size_t slab_size, int capacity)
      : slabs_(AlignedBuffer<std::byte>::zeroed(slab_size * static_cast<std::size_t>(capacity))),
        capacity_(capacity) {}

  AlignedBuffer<std::byte> slabs_;
  AlignedBuffer<float> scratch_;  ///< a part for each thread
  TaskQueue queue_;
  AdaptiveParallel parallel_;
  int capacity_;
};

/// How a network computes.
struct NetworkOptions {
  /// Direct convolutions only: the rounding error is smaller, the network slower.
  bool parity = false;
  PrecisionChoice precision{};
};

/// The whole network as a list of steps over one slab of memory per image: trunk, projection head
/// and heads, as far as the weights go. Const and thread-safe; each caller brings a
/// Workspace.
class Network {
 public:
  /// @param required  the network that the file must hold, apart from its heads; nothing: any
  /// @param threads   used while packing the weights
  /// @throws Error `weights_mismatch` naming every tensor that is missing, unexpected or misshapen
  /// @param precision  what `options` may ask for: a tag of one precision compiles the kernels of
  ///                   that one only
  template <PrecisionTag Precision = AnyPrecision>
  Network(const weights::TensorSet& tensors, const std::optional<NetworkSpec>& required,
          int threads, const NetworkOptions& options = {}, Isa isa = default_isa(), Precision = {})
      : Network(tensors, required, threads, options, isa, &step_builder<Precision>) {}

  /// The same with the choice of a builder passed at run time: step_builder<Precision>.
  Network(const weights::TensorSet& tensors, const std::optional<NetworkSpec>& required,
          int threads, const NetworkOptions& options, Isa isa,
          StepBuilder (*builder)(PrecisionKind));

  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const NetworkSpec& spec() const noexcept { return spec_; }
  ModelKind kind() const noexcept { return kind_; }
  Isa isa() const noexcept { return isa_; }
  PrecisionKind precision() const noexcept { return precision_; }
  const std::vector<Step>& steps() const noexcept { return steps_; }

  Workspace make_workspace(int capacity) const { return {arena_.slab_size(), capacity}; }

  /// Bytes that a workspace needs for each image.
  std::size_t workspace_bytes() const noexcept { return arena_.slab_size(); }

  /// Where the caller writes image `index` before run(): height x width RGB, scaled
  /// as the description of the network says.
  TensorView input(Workspace& workspace, int index) const {
    return place(input_).view(slab(workspace, index), 1);
  }

  /// Where the caller may write image `index` instead if it is grey, in one channel; nothing where
  /// the network takes pictures in color only.
  std::optional<TensorView> gray_input(Workspace& workspace, int index) const {
    if (!gray_input_) return std::nullopt;
    return place(gray_input_->picture).view(slab(workspace, index), 1);
  }
  /// Says in which of both places image `index` is, until the next call: at first in color.
  /// Precondition: there is a gray_input().
  void set_gray(Workspace& workspace, int index, bool is_gray) const {
    *place(gray_input_->is_gray).data<float>(slab(workspace, index)) = is_gray ? 1.0f : 0.0f;
  }

  /// Computes the first `batch` images of the workspace on up to `threads` threads. Allocates
  /// nothing, but in the first call with so many threads.
  /// Precondition: 0 < batch <= workspace.capacity().
  void run(Workspace& workspace, int batch, int threads) const {
    const std::size_t scratch_size = scratch_size_ * static_cast<std::size_t>(threads);
    if (workspace.scratch_.size() < scratch_size) {
      workspace.scratch_ = AlignedBuffer<float>(scratch_size);
    }
    workspace.queue_.prepare(threads);
    std::byte* slabs = workspace.slabs_.data();
    workspace.parallel_.run(threads, batch, [&](const Team& team) {
      float* scratch =
          workspace.scratch_.data() + scratch_size_ * static_cast<std::size_t>(team.index());
      TaskQueue::Worker worker(workspace.queue_, team);
      for (const Step& step : steps_) {
        const Runnable& layer = *step.runnable;
        worker.run(task_count(layer.cycles(batch), team.size()),
                   [&](const Task& task) { layer.run(slabs, scratch, batch, task); });
      }
    });
  }

  /// Computes the first image of the workspace on the calling thread; after each step calls
  /// `visit(step, values)`, where `values()` is the step's output as floats (NHWC without gaps).
  template <class Visitor>
  void observe(Workspace& workspace, const Visitor& visit) const {
    if (workspace.scratch_.size() < scratch_size_) {
      workspace.scratch_ = AlignedBuffer<float>(scratch_size_);
    }
    for (const Step& step : steps_) {
      step.runnable->run(workspace.slabs_.data(), workspace.scratch_.data(), 1, Task{});
      visit(step, [&] { return step.values(workspace.slabs_.data()); });
    }
  }

  /// Results of image `index` after run(). Embedding and logits are there if `kind()` says so.
  std::span<const float> features(const Workspace& workspace, int index) const {
    return vector(workspace, index, features_);
  }
  std::span<const float> embedding(const Workspace& workspace, int index) const {
    return vector(workspace, index, *embedding_);
  }
  /// @param head  index of the head in spec()
  std::span<const float> logits(const Workspace& workspace, int index, std::size_t head) const {
    return vector(workspace, index, logits_[head]);
  }

 private:
  template <class Arithmetic>
  friend class NetworkBuilder;

  std::byte* slab(Workspace& workspace, int index) const noexcept {
    return workspace.slabs_.data() + static_cast<std::size_t>(index) * arena_.slab_size();
  }

  Place place(ArenaPlan::Id id) const { return {arena_.offset(id), arena_.layout(id)}; }

  std::span<const float> vector(const Workspace& workspace, int index, ArenaPlan::Id id) const {
    const std::byte* slab =
        workspace.slabs_.data() + static_cast<std::size_t>(index) * arena_.slab_size();
    return {reinterpret_cast<const float*>(slab + arena_.offset(id)),
            static_cast<std::size_t>(arena_.layout(id).shape.c)};
  }

  NetworkSpec spec_;
  ModelKind kind_ = ModelKind::full;
  Isa isa_;
  PrecisionKind precision_ = PrecisionKind::f32;
  std::size_t scratch_size_ = 0;  ///< floats for each thread
  ArenaPlan arena_;
  std::vector<Step> steps_;
  struct GrayInput {
    ArenaPlan::Id picture, is_gray;
  };

  ArenaPlan::Id input_ = 0, features_ = 0;
  std::optional<GrayInput> gray_input_;
  std::optional<ArenaPlan::Id> embedding_;
  std::vector<ArenaPlan::Id> logits_;  ///< of each head
};

}  // namespace fliqe::inline FLIQE_ABI::model

#if FLIQE_HEADER_ONLY
#include <fliqe/model/network_builder.hpp>
#endif
