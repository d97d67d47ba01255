// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/nn/thread_grid.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

/// A convolution made ready for tensors of one layout: which output pixels each kernel call takes,
/// and how the work is shared out. Running it allocates nothing. Refers to its layer, which must
/// outlive it.
/// @tparam Layer  Conv2d or its kin: packed weights, a `Job` for the kernels, and `sums_wait`
template <class Layer>
class ConvolutionPlan {
 public:
  using Job = typename Layer::Job;
  using Element = typename Job::Element;

  /// @param job       the layer's
  /// @param residual  layout of the tensor that is added, or null
  /// @throws Error `invalid_argument` when shapes differ or the input's halo is below the padding
  ConvolutionPlan(const Layer& layer, const Job& job, const TensorLayout& input,
                  const TensorLayout& output, const TensorLayout* residual = nullptr)
      : layer_(&layer), job_(job) {
    detail::require_shape("Conv2d output", output.shape, layer.output_shape(input.shape));
    if (residual != nullptr)
      detail::require_shape("Conv2d residual", residual->shape, output.shape);
    detail::require(input.halo >= layer.shape().padding, ErrorCode::invalid_argument,
                    "Conv2d: the input's halo is smaller than the padding");
    const std::ptrdiff_t stride = layer.shape().stride;
    job_.input = {nullptr, input.image_stride, input.pixel_stride * stride};
    job_.output = {nullptr, output.image_stride, output.pixel_stride};
    if (residual != nullptr) {
      job_.residual = {nullptr, residual->image_stride, residual->pixel_stride};
    }
    has_residual_ = residual != nullptr;
    weights_stay_ = layer.weight_bytes() <= staying_weight_bytes;
    plan_taps(input);
    plan_runs(input, output, residual);
  }

  /// One thread's part of the work; every thread of `team` must call it, with the same pointers.
  /// Pointers are those of the first image's halo, as in a tensor view. `residual` is ignored
  /// unless the plan was made with one.
  void run(const Element* input, Element* output, const Element* residual, int batch,
           const Team& team) const {
    Job job = job_;
    job.input.data = input;
    job.output.data = output;
    if (has_residual_) job.residual.data = residual;
    job.tap_offsets = tap_offsets_.data();

    const ThreadGrid grid = best_grid(batch, team.size());
    const Range blocks = grid.columns_of(team, layer_->blocks());
    std::array<Range, 2> runs;
    std::size_t chunks = 0;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      runs[i] = grid.rows_of(team, sections_[i].runs.size() * static_cast<std::size_t>(batch));
      chunks = std::max(chunks, (runs[i].size() + sections_[i].chunk - 1) / sections_[i].chunk);
    }
    for (std::size_t i = 0; i < chunks; ++i) run_chunk(job, {i, chunks, runs}, blocks);
    if constexpr (requires { layer_->table().release; }) {
      if (layer_->table().release != nullptr) layer_->table().release();
    }
  }

 private:
  /// Runs of equal length with the kernel for that length.
  struct Section {
    typename Layer::Kernel kernel = nullptr;
    std::size_t pixels = 0;
    std::size_t chunk = 0;
    std::vector<kernels::Run> runs;
  };

  /// Memory that will be needed soon.
  struct Stretch {
    const std::byte* begin = nullptr;
    const std::byte* end = nullptr;

    template <class T>
    Stretch(const T* first, const T* last)
        : begin(reinterpret_cast<const std::byte*>(first)),
          end(reinterpret_cast<const std::byte*>(last)) {}

    /// The `index`-th of `parts` shares, in whole cache lines.
    Stretch part(std::size_t index, std::size_t parts) const noexcept {
      constexpr std::size_t line = 64;
      const Range lines = share(static_cast<std::size_t>(end - begin) / line, index, parts);
      return {begin + lines.begin * line, begin + lines.end * line};
    }
  };

  /// Weights of a whole layer that stay in the second-level cache while its pixels pass by, and the
  /// inputs and outputs of a chunk of pixels; those of the next chunk are on their way meanwhile.
  static constexpr std::size_t staying_weight_bytes = 320 * 1024;
  static constexpr std::size_t passing_chunk_bytes = 160 * 1024;
  /// Else: pixels that stay there while the weights of all blocks pass by.
  static constexpr std::size_t chunk_bytes = 448 * 1024;
  /// Weights that stay there while the pixels of a chunk pass by; the next as many are on their
  /// way.
  static constexpr int slice_bytes = 128 * 1024;

  /// Weights of a tap in one block.
  std::ptrdiff_t tap_size() const noexcept {
    return static_cast<std::ptrdiff_t>(job_.depth) * layer_->block_channels();
  }

  /// The `index`-th of `count` equal parts of each section's `runs`.
  struct Chunk {
    std::size_t index;
    std::size_t count;
    std::array<Range, 2> runs;

    Range of(std::size_t section) const noexcept {
      const Range part = share(runs[section].size(), index, count);
      return {runs[section].begin + part.begin, runs[section].begin + part.end};
    }
  };

  /// Slice after slice of the weights meets the pixels of the chunk; meanwhile the next pixels or
  /// the next slice are fetched.
  void run_chunk(Job& job, const Chunk& chunk, const Range& blocks) const {
    const std::ptrdiff_t block_size = job.taps * tap_size();
    const auto* end = job.weights + static_cast<std::ptrdiff_t>(blocks.end) * block_size;
    const Stretch pixels_ahead = next_pixels(job, chunk);
    kernels::ConvRange range;
    for (range.block = blocks.begin; range.block < blocks.end; ++range.block) {
      const auto* weights = job.weights + static_cast<std::ptrdiff_t>(range.block) * block_size;
      for (range.first_tap = 0; range.first_tap < job.taps; range.first_tap = range.last_tap) {
        range.last_tap = std::min(job.taps, range.first_tap + slice_taps_);
        const auto* next = weights + range.last_tap * tap_size();
        const Stretch ahead = weights_stay_
                                  ? pixels_ahead.part(range.block - blocks.begin, blocks.size())
                                  : Stretch{next, std::min(end, next + slice_taps_ * tap_size())};
        range.ahead = ahead.begin;
        range.ahead_end = ahead.end;
        run_sections(job, chunk, range);
      }
    }
  }

  void run_sections(Job& job, const Chunk& chunk, kernels::ConvRange& range) const {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const Range runs = chunk.of(i);
      if (runs.empty()) continue;
      job.runs = sections_[i].runs.data();
      job.runs_per_image = sections_[i].runs.size();
      range.first_run = runs.begin;
      range.last_run = runs.end;
      range.ahead = sections_[i].kernel(job, range);
    }
  }

  /// The inputs or the outputs, whichever are larger, of the chunk's successor, as far as they
  /// belong to one image and to the longer runs.
  Stretch next_pixels(const Job& job, Chunk chunk) const {
    const Section& section = sections_.front();
    const Range runs = ++chunk.index < chunk.count ? chunk.of(0) : Range{};
    if (runs.empty()) return {job.weights, job.weights};  // a prefetch of null would be slow
    const auto image = static_cast<std::ptrdiff_t>(runs.begin / section.runs.size());
    const std::size_t from = runs.begin % section.runs.size();
    const std::size_t to = std::min(section.runs.size(), from + runs.size()) - 1;
    const auto run_pixels = static_cast<std::ptrdiff_t>(section.pixels);
    if (layer_->shape().in_channels >= layer_->shape().out_channels) {
      const Element* base = job.input.data + image * job.input.image_stride;
      return {base + section.runs[from].input,
              base + section.runs[to].input + run_pixels * job.input.pixel_stride};
    }
    const Element* base = job.output.data + image * job.output.image_stride;
    return {base + section.runs[from].output,
            base + section.runs[to].output + run_pixels * job.output.pixel_stride};
  }

  /// Where pixels lie one after the other a whole kernel row is one stretch of input.
  void plan_taps(const TensorLayout& input) {
    const Conv2dShape& shape = layer_->shape();
    const bool joined = input.pixel_stride == shape.in_channels;
    const int row_depth = joined ? shape.kernel_width * shape.in_channels : shape.in_channels;
    // A stretch whose weights exceed a slice is cut into pieces.
    const int step_bytes = layer_->block_channels() * static_cast<int>(sizeof(Element));
    int pieces = 1;
    while (Layer::sums_wait && row_depth / pieces * step_bytes > slice_bytes &&
           row_depth % (2 * pieces) == 0) {
      pieces *= 2;
    }
    job_.depth = row_depth / pieces;
    for (int y = 0; y < shape.kernel_height; ++y) {
      for (int x = 0; x < (joined ? 1 : shape.kernel_width); ++x) {
        for (int piece = 0; piece < pieces; ++piece) {
          tap_offsets_.push_back(y * input.row_stride + x * input.pixel_stride +
                                 piece * job_.depth);
        }
      }
    }
    job_.taps = static_cast<int>(tap_offsets_.size());
    slice_taps_ =
        Layer::sums_wait ? std::max(1, slice_bytes / (job_.depth * step_bytes)) : job_.taps;
  }

  void plan_runs(const TensorLayout& input, const TensorLayout& output,
                 const TensorLayout* residual) {
    const Conv2dShape& shape = layer_->shape();
    const bool pointwise = shape.kernel_height == 1 && shape.kernel_width == 1 &&
                           shape.stride == 1 && shape.padding == 0;
    const bool flat = pointwise && input.rows_are_contiguous() && output.rows_are_contiguous() &&
                      (residual == nullptr || residual->rows_are_contiguous());
    const int rows = flat ? 1 : output.shape.h;
    const int columns = flat ? output.shape.h * output.shape.w : output.shape.w;

    const RunLengths lengths = layer_->run_lengths(rows, columns);
    std::array<Section, 2> sections;
    for (int row = 0; row < rows; ++row) {
      int x = 0;
      for (int piece = 0; piece < lengths.count; ++piece) {
        const bool is_longer = piece < lengths.longer;
        sections[is_longer ? 0 : 1].runs.push_back(run_at(input, output, residual, row, x));
        x += lengths.base + (is_longer ? 1 : 0);
      }
    }
    for (std::size_t i = 0; i < sections.size(); ++i) {
      if (sections[i].runs.empty()) continue;
      sections[i].pixels = static_cast<std::size_t>(lengths.base) + (i == 0 ? 1 : 0);
      finish_section(sections[i]);
      sections_.push_back(std::move(sections[i]));
    }
  }

  kernels::Run run_at(const TensorLayout& input, const TensorLayout& output,
                      const TensorLayout* residual, int y, int x) const {
    const Conv2dShape& shape = layer_->shape();
    return {input.offset(y * shape.stride - shape.padding, x * shape.stride - shape.padding),
            output.offset(y, x), residual != nullptr ? residual->offset(y, x) : 0};
  }

  void finish_section(Section& section) const {
    const Conv2dShape& shape = layer_->shape();
    section.kernel = layer_->kernel(static_cast<int>(section.pixels));
    // A 1x1 kernel touches its own pixels only; a larger one those that it steps over, too.
    const int touched = shape.kernel_width == 1 ? 1 : shape.stride * shape.stride;
    if (weights_stay_) {
      const auto channels =
          static_cast<std::size_t>(shape.in_channels * touched + shape.out_channels);
      const std::size_t run_bytes = section.pixels * channels * sizeof(Element);
      section.chunk = std::max<std::size_t>(2, passing_chunk_bytes / run_bytes);
      return;
    }
    const std::size_t run_bytes = section.pixels * static_cast<std::size_t>(touched) *
                                  static_cast<std::size_t>(shape.in_channels) * sizeof(Element);
    section.chunk = std::max<std::size_t>(2, chunk_bytes / run_bytes);
  }

  /// By estimated cycles: multiply-adds, two a cycle, and the bytes of weights and input that a
  /// thread has to bring in.
  ThreadGrid best_grid(int batch, int threads) const {
    const Conv2dShape& shape = layer_->shape();
    const auto weights = static_cast<double>(shape.weights_per_output());
    constexpr double word = 4.0 / sizeof(Element);
    double pixels = 0;
    for (const Section& section : sections_) {
      pixels += static_cast<double>(section.runs.size() * section.pixels) * batch;
    }
    return ThreadGrid::best(threads, pixels, static_cast<double>(layer_->blocks()),
                            [&](double my_pixels, double blocks) {
                              const double multiply_adds =
                                  blocks * layer_->block_vectors() * my_pixels * weights / word;
                              const double bytes =
                                  sizeof(Element) *
                                  (blocks * layer_->block_channels() * weights +
                                   my_pixels * shape.stride * shape.stride * shape.in_channels);
                              return multiply_adds / 2 + bytes / 8;
                            });
  }

  const Layer* layer_;
  Job job_;  ///< without the tensors
  bool has_residual_ = false;
  bool weights_stay_ = false;  ///< in the cache, while pixels pass by; else the other way round
  int slice_taps_ = 1;
  std::vector<std::ptrdiff_t> tap_offsets_;
  std::vector<Section> sections_;
};

using Conv2dPlan = ConvolutionPlan<Conv2d>;

/// A copy of `input` with a halo of `halo` zero pixels.
inline Tensor with_halo(ConstTensorView input, int halo) {
  Tensor copy(input.shape(), halo);
  const TensorShape& shape = input.shape();
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        std::copy_n(input.pixel(n, y, x), shape.c, copy.view().pixel(n, y, x));
      }
    }
  }
  return copy;
}

inline void Conv2d::forward(ConstTensorView input, TensorView output,
                            const Conv2dOptions& options) const {
  Tensor padded;
  if (input.layout.halo < shape().padding) {
    padded = with_halo(input, shape().padding);
    input = padded.view();
  }
  const TensorLayout* residual_layout =
      options.residual.has_value() ? &options.residual->layout : nullptr;
  const float* residual = options.residual.has_value() ? options.residual->data : nullptr;
  const Conv2dPlan plan(*this, job(options.relu), input.layout, output.layout, residual_layout);
  parallel(resolve_thread_count(options.threads), [&](const Team& team) {
    plan.run(input.data, output.data, residual, input.shape().n, team);
  });
}

}  // namespace fliqe::inline FLIQE_ABI::nn
