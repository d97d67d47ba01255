// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/nn/packed_convolution.hpp>
#include <fliqe/nn/task_grid.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

template <class Arithmetic>
class BasicConv2d;

/// Options of a convolution's plan.
struct ConvolutionPlanOptions {
  const TensorLayout* residual = nullptr;  ///< of a tensor that is added before ReLU, or null
  bool relu = false;  ///< ignored in int8, where an output with zero point 0 has gone through ReLU
};

/// A convolution made ready for tensors of one layout: which output pixels each kernel call takes,
/// and how the threads share the work. Running it allocates nothing. Refers to its layer, which
/// must outlive it.
template <class Arithmetic>
class BasicConv2dPlan {
 public:
  using Layer = BasicConv2d<Arithmetic>;
  using Element = typename Arithmetic::Element;
  using Input = Element;
  using Output = Element;
  using Buffers = PlanBuffers<Element, Element>;

  /// @throws Error `invalid_argument` when shapes differ or the input's halo is below the padding
  BasicConv2dPlan(const Layer& layer, const TensorLayout& input, const TensorLayout& output,
                  const ConvolutionPlanOptions& options = {})
      : layer_(&layer), arguments_(layer.arguments()), has_residual_(options.residual != nullptr) {
    const TensorLayout* residual = options.residual;
    detail::require_shape("Conv2d output", output.shape, layer.output_shape(input.shape));
    if (has_residual_) detail::require_shape("Conv2d residual", residual->shape, output.shape);
    detail::require(input.halo >= layer.shape().padding, ErrorCode::invalid_argument,
                    "Conv2d: the input's halo is smaller than the padding");
    const std::ptrdiff_t stride = layer.shape().stride;
    arguments_.relu = options.relu;
    arguments_.input = {nullptr, input.image_stride, input.pixel_stride * stride};
    arguments_.output = {nullptr, output.image_stride, output.pixel_stride};
    if (has_residual_) {
      arguments_.residual = {nullptr, residual->image_stride, residual->pixel_stride};
    }
    weights_resident_ = layer.weight_bytes() <= resident_weight_bytes;
    plan_taps(input);
    plan_runs(input, output, residual);
  }

  /// Floats of scratch that each thread needs.
  std::size_t scratch_size() const noexcept { return 0; }

  /// About how many processor cycles `batch` images take.
  double cycles(int batch) const noexcept { return cycles(batch, TaskGrid{}); }

  /// One task of the work for the first `batch` images; each task of the count is to be run once,
  /// with the same tensors, in any order, by any thread.
  void run(const Buffers& buffers, int batch, const Task& task) const {
    Arguments arguments = arguments_;
    arguments.input.data = buffers.input;
    arguments.output.data = buffers.output;
    if (has_residual_) arguments.residual.data = buffers.residual;
    arguments.tap_offsets = tap_offsets_.data();

    const TaskGrid grid =
        TaskGrid::best(task.count, [&](const TaskGrid& each) { return cycles(batch, each); });
    const Range blocks = grid.columns_of(task, layer_->blocks());
    std::array<Range, 2> runs;
    std::size_t chunks = 0;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      runs[i] = grid.rows_of(task, sections_[i].runs.size() * static_cast<std::size_t>(batch));
      chunks = std::max(chunks, (runs[i].size() + sections_[i].chunk - 1) / sections_[i].chunk);
    }
    for (std::size_t i = 0; i < chunks; ++i) run_chunk(arguments, {i, chunks, runs}, blocks);
    if (layer_->table().release != nullptr) layer_->table().release();
  }

 private:
  using Arguments = kernels::ConvolutionArguments<Arithmetic>;

  /// Runs of equal length with the kernel for that length.
  struct Section {
    typename Layer::Kernel kernel = nullptr;
    std::size_t pixels = 0;
    std::size_t chunk = 0;
    std::vector<kernels::Run> runs;
  };

  /// Memory that is needed soon.
  struct PrefetchRange {
    const std::byte* begin = nullptr;
    const std::byte* end = nullptr;

    template <class T>
    PrefetchRange(const T* first, const T* last)
        : begin(reinterpret_cast<const std::byte*>(first)),
          end(reinterpret_cast<const std::byte*>(last)) {}

    /// The `index`-th of `parts` shares, in whole cache lines.
    PrefetchRange part(std::size_t index, std::size_t parts) const noexcept {
      constexpr std::size_t line = 64;
      const Range lines = share(static_cast<std::size_t>(end - begin) / line, index, parts);
      return {begin + lines.begin * line, begin + lines.end * line};
    }
  };

  /// Weights of a whole layer that stay in the second-level cache while its pixels are streamed,
  /// and the inputs and outputs of a chunk of pixels; those of the next chunk are prefetched.
  static constexpr std::size_t resident_weight_bytes = 320 * 1024;
  static constexpr std::size_t streaming_chunk_bytes = 160 * 1024;
  /// Else: pixels that stay there while the weights of all blocks are streamed.
  static constexpr std::size_t chunk_bytes = 448 * 1024;
  /// Weights that stay there for the pixels of a chunk; the next as many are prefetched.
  static constexpr int slice_bytes = 128 * 1024;

  /// Weights of a tap in one block.
  std::ptrdiff_t tap_size() const noexcept {
    return static_cast<std::ptrdiff_t>(arguments_.depth) * layer_->block_channels();
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

  /// Multiplies the pixels of the chunk by one slice of the weights after the other; meanwhile the
  /// next pixels or the next slice are prefetched.
  void run_chunk(Arguments& arguments, const Chunk& chunk, const Range& blocks) const {
    const std::ptrdiff_t block_size = arguments.taps * tap_size();
    const auto* end = arguments.weights + static_cast<std::ptrdiff_t>(blocks.end) * block_size;
    const PrefetchRange next_pixels_range = next_pixels(arguments, chunk);
    kernels::ConvolutionRange range;
    for (range.block = blocks.begin; range.block < blocks.end; ++range.block) {
      const auto* weights =
          arguments.weights + static_cast<std::ptrdiff_t>(range.block) * block_size;
      for (range.first_tap = 0; range.first_tap < arguments.taps;
           range.first_tap = range.last_tap) {
        range.last_tap = std::min(arguments.taps, range.first_tap + slice_taps_);
        const auto* next = weights + range.last_tap * tap_size();
        const PrefetchRange next_range =
            weights_resident_ ? next_pixels_range.part(range.block - blocks.begin, blocks.size())
                              : PrefetchRange{next, std::min(end, next + slice_taps_ * tap_size())};
        range.prefetch = next_range.begin;
        range.prefetch_end = next_range.end;
        run_sections(arguments, chunk, range);
      }
    }
  }

  void run_sections(Arguments& arguments, const Chunk& chunk,
                    kernels::ConvolutionRange& range) const {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const Range runs = chunk.of(i);
      if (runs.empty()) continue;
      arguments.runs = sections_[i].runs.data();
      arguments.runs_per_image = sections_[i].runs.size();
      arguments.run_pixels = static_cast<int>(sections_[i].pixels);
      range.first_run = runs.begin;
      range.last_run = runs.end;
      range.prefetch = sections_[i].kernel(arguments, range);
    }
  }

  /// The inputs or the outputs, whichever are larger, of the chunk's successor, as far as they
  /// belong to one image and to the longer runs.
  PrefetchRange next_pixels(const Arguments& arguments, Chunk chunk) const {
    const Section& section = sections_.front();
    const Range runs = ++chunk.index < chunk.count ? chunk.of(0) : Range{};
    if (runs.empty())
      return {arguments.weights, arguments.weights};  // a prefetch of null would be slow
    const auto image = static_cast<std::ptrdiff_t>(runs.begin / section.runs.size());
    const std::size_t from = runs.begin % section.runs.size();
    const std::size_t to = std::min(section.runs.size(), from + runs.size()) - 1;
    const auto run_pixels = static_cast<std::ptrdiff_t>(section.pixels);
    if (layer_->shape().in_channels >= layer_->shape().out_channels) {
      const Element* base = arguments.input.data + image * arguments.input.image_stride;
      return {base + section.runs[from].input,
              base + section.runs[to].input + run_pixels * arguments.input.pixel_stride};
    }
    const Element* base = arguments.output.data + image * arguments.output.image_stride;
    return {base + section.runs[from].output,
            base + section.runs[to].output + run_pixels * arguments.output.pixel_stride};
  }

  /// Where pixels are contiguous a whole kernel row is one sequence of input.
  void plan_taps(const TensorLayout& input) {
    const Conv2dShape& shape = layer_->shape();
    const bool joined = input.pixel_stride == shape.in_channels;
    const int row_depth = joined ? shape.kernel_width * shape.in_channels : shape.in_channels;
    // A sequence whose weights exceed a slice is cut into pieces.
    const int step_bytes = layer_->block_channels() * static_cast<int>(sizeof(Element));
    int pieces = 1;
    while (Arithmetic::supports_partial_sums && row_depth / pieces * step_bytes > slice_bytes &&
           row_depth % (2 * pieces) == 0) {
      pieces *= 2;
    }
    arguments_.depth = row_depth / pieces;
    for (int y = 0; y < shape.kernel_height; ++y) {
      for (int x = 0; x < (joined ? 1 : shape.kernel_width); ++x) {
        for (int piece = 0; piece < pieces; ++piece) {
          tap_offsets_.push_back(y * input.row_stride + x * input.pixel_stride +
                                 piece * arguments_.depth);
        }
      }
    }
    arguments_.taps = static_cast<int>(tap_offsets_.size());
    slice_taps_ = Arithmetic::supports_partial_sums
                      ? std::max(1, slice_bytes / (arguments_.depth * step_bytes))
                      : arguments_.taps;
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
    if (weights_resident_) {
      const auto channels =
          static_cast<std::size_t>(shape.in_channels * touched + shape.out_channels);
      const std::size_t run_bytes = section.pixels * channels * sizeof(Element);
      section.chunk = std::max<std::size_t>(2, streaming_chunk_bytes / run_bytes);
      return;
    }
    const std::size_t run_bytes = section.pixels * static_cast<std::size_t>(touched) *
                                  static_cast<std::size_t>(shape.in_channels) * sizeof(Element);
    section.chunk = std::max<std::size_t>(2, chunk_bytes / run_bytes);
  }

  /// Estimated for the largest task of a grid: multiply-adds, two a cycle, and the bytes of weights
  /// and input that a thread has to bring in.
  double cycles(int batch, const TaskGrid& grid) const noexcept {
    const Conv2dShape& shape = layer_->shape();
    const auto weights = static_cast<double>(shape.weights_per_output());
    constexpr double word = 4.0 / sizeof(Element);
    double pixels = 0;
    for (const Section& section : sections_) {
      pixels += grid.most_in_row(static_cast<double>(section.runs.size()) * batch) *
                static_cast<double>(section.pixels);
    }
    const double blocks = grid.most_in_column(static_cast<double>(layer_->blocks()));
    const double multiply_adds = blocks * layer_->block_vectors() * pixels * weights / word;
    const double bytes =
        sizeof(Element) * (blocks * layer_->block_channels() * weights +
                           pixels * shape.stride * shape.stride * shape.in_channels);
    return multiply_adds / 2 + bytes / 8;
  }

  const Layer* layer_;
  kernels::ConvolutionArguments<Arithmetic> arguments_;  ///< without the tensors
  bool has_residual_ = false;
  bool weights_resident_ = false;  ///< and pixels are streamed; else the other way round
  int slice_taps_ = 1;
  std::vector<std::ptrdiff_t> tap_offsets_;
  std::vector<Section> sections_;
};

using Conv2dPlan = BasicConv2dPlan<F32>;
using Bf16Conv2dPlan = BasicConv2dPlan<Bf16>;
using QuantizedConv2dPlan = BasicConv2dPlan<Int8>;

}  // namespace fliqe::inline FLIQE_ABI::nn
