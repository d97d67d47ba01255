// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/run_lengths.hpp>
#include <fliqe/nn/task_grid.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

template <class Arithmetic>
class BasicWinogradConv2d;

/// A Winograd convolution made ready for tensors of one layout. Each thread transforms the tiles of
/// a chunk, multiplies them position by position (with the kernels of the 1x1 convolution) and
/// transforms them back, all in a scratch of its own. Running it allocates nothing. Refers to its
/// layer, which must outlive it.
template <class Arithmetic>
class BasicWinogradPlan {
 public:
  using Layer = BasicWinogradConv2d<Arithmetic>;
  using Element = typename Arithmetic::Element;
  using Input = Element;
  using Output = Element;
  using Buffers = PlanBuffers<Element, Element>;

  /// @throws Error `invalid_argument` when shapes differ or the input's halo is below the padding
  BasicWinogradPlan(const Layer& layer, const TensorLayout& input, const TensorLayout& output,
                    const ConvolutionPlanOptions& options = {})
      : layer_(&layer), input_(input), output_(output), relu_(options.relu) {
    if (options.residual != nullptr) {
      residual_ = *options.residual;
      detail::require_shape("WinogradConv2d residual", residual_->shape, output.shape);
    }
    const Conv2dShape& shape = layer.shape();
    detail::require_shape("WinogradConv2d output", output.shape,
                          convolved_shape(shape, input.shape));
    detail::require(input.halo >= shape.padding, ErrorCode::invalid_argument,
                    "WinogradConv2d: the input's halo is smaller than the padding");
    tiles_across_ = Layer::tiles(output.shape.w, layer.tile());
    tiles_per_image_ = tiles_across_ * Layer::tiles(output.shape.h, layer.tile());
    run_pixels_ = std::min(kernels::max_run_pixels, layer.tile_pixels());
    plan_chunk();
    plan_runs();
  }

  /// Floats of scratch that each thread needs: the transformed tiles of a chunk and their products;
  /// whole cache lines, since positions and channels of a block are multiples of 4.
  std::size_t scratch_size() const noexcept {
    return static_cast<std::size_t>(layer_->positions() * chunk_ * tile_bytes_of_position()) /
           sizeof(float);
  }

  /// About how many processor cycles `batch` images take.
  double cycles(int batch) const noexcept { return cycles(batch, TaskGrid{}); }

  /// One task of the work for the first `batch` images; each task of the count is to be run once,
  /// with the same tensors, in any order, by any thread with a `scratch` of its own.
  void run(const Buffers& buffers, int batch, const Task& task) const {
    const int tiles = tiles_per_image_ * batch;
    const TaskGrid grid =
        TaskGrid::best(task.count, [&](const TaskGrid& each) { return cycles(batch, each); });
    const Range blocks = grid.columns_of(task, layer_->blocks());
    const Range mine = grid.rows_of(task, static_cast<std::size_t>(tiles));
    const std::size_t chunks = (mine.size() + max_tiles() - 1) / max_tiles();
    for (std::size_t i = 0; i < chunks; ++i) {
      const Range chunk = share(mine.size(), i, chunks);
      const int first = static_cast<int>(mine.begin + chunk.begin);
      const int count = static_cast<int>(chunk.size());
      transform_input(buffers, first, count);
      for (std::size_t block = blocks.begin; block < blocks.end; ++block) {
        multiply(buffers.scratch, block, count, block + 1 == blocks.end);
        transform_output(buffers, block, first, count);
      }
    }
  }

 private:
  using Products = typename Arithmetic::Products;
  using Arguments = kernels::ConvolutionArguments<Products>;

  /// Elements between the tiles of one position.
  int pixel_stride() const noexcept {
    return TensorLayout::spread_stride(layer_->shape().in_channels, sizeof(Element));
  }

  /// Of scratch: the transformed input and the products of one block.
  int tile_bytes_of_position() const noexcept {
    return pixel_stride() * static_cast<int>(sizeof(Element)) +
           layer_->block_channels() * static_cast<int>(sizeof(float));
  }

  /// The two parts of the scratch.
  Element* transformed(float* scratch) const noexcept {
    return reinterpret_cast<Element*>(scratch);
  }
  float* products(float* scratch) const noexcept {
    return reinterpret_cast<float*>(transformed(scratch) +
                                    static_cast<std::ptrdiff_t>(layer_->positions()) * chunk_ *
                                        pixel_stride());
  }

  void plan_chunk() {
    // The larger the weights, the less often they should be streamed; measured with 1 MB of
    // second-level cache.
    constexpr std::size_t least = 320 * 1024, most = 960 * 1024;
    const std::size_t weight_bytes = layer_->weight_bytes();
    const int budget = static_cast<int>(std::clamp(weight_bytes / 4, least, most));
    chunk_ = std::max(run_pixels_, budget / (layer_->positions() * tile_bytes_of_position()));
  }

  std::size_t max_tiles() const noexcept { return static_cast<std::size_t>(chunk_); }

  /// The tiles of a chunk one after the other, as runs of each length that kernels take.
  void plan_runs() {
    for (int pixels = 1; pixels <= run_pixels_; ++pixels) {
      std::vector<kernels::Run>& runs = runs_[static_cast<std::size_t>(pixels - 1)];
      for (int tile = 0; tile + pixels <= chunk_; tile += pixels) {
        runs.push_back({static_cast<std::ptrdiff_t>(tile) * pixel_stride(),
                        static_cast<std::ptrdiff_t>(tile) * layer_->block_channels(), 0});
      }
    }
  }

  void transform_input(const Buffers& buffers, int first, int count) const {
    const int padding = layer_->shape().padding, tile = layer_->tile();
    kernels::WinogradInputArguments<Element> arguments;
    arguments.row_stride = input_.row_stride;
    arguments.pixel_stride = input_.pixel_stride;
    arguments.position_stride = static_cast<std::ptrdiff_t>(chunk_) * pixel_stride();
    arguments.channels = layer_->shape().in_channels;
    const auto kernel = layer_->input_kernel();
    for (int i = 0; i < count; ++i) {
      const TilePosition at = position(first + i);
      const int y = at.y * tile - padding, x = at.x * tile - padding;
      arguments.input = buffers.input + at.image * input_.image_stride + input_.offset(y, x);
      arguments.rows = input_.shape.h + padding - y;
      arguments.columns = input_.shape.w + padding - x;
      arguments.output =
          transformed(buffers.scratch) + static_cast<std::ptrdiff_t>(i) * pixel_stride();
      kernel(arguments);
    }
  }

  /// The products of one block of output channels, for every position.
  void multiply(float* scratch, std::size_t block, int count, bool last_block) const {
    const int lanes = layer_->block_channels();
    const std::ptrdiff_t position_size =
        static_cast<std::ptrdiff_t>(layer_->shape().in_channels) * lanes;
    const std::ptrdiff_t no_offset = 0;
    Arguments arguments;
    arguments.input = {transformed(scratch), 0, pixel_stride()};
    arguments.output = {products(scratch), 0, lanes};
    arguments.weights = layer_->packed_weights() + block * layer_->block_size();
    arguments.bias = no_bias_.data();
    arguments.tap_offsets = &no_offset;
    arguments.depth = layer_->shape().in_channels;
    arguments.out_channels = lanes;
    const RunLengths runs = RunLengths::fewest(count, run_pixels_);
    for (int position = 0; position < layer_->positions(); ++position) {
      const bool last = last_block && position + 1 == layer_->positions();
      kernels::ConvolutionRange range;
      range.last_tap = 1;
      const auto* next = arguments.weights + position_size;
      range.prefetch = reinterpret_cast<const std::byte*>(next);
      range.prefetch_end = reinterpret_cast<const std::byte*>(next + (last ? 0 : position_size));
      multiply_runs(arguments, range, runs.base + 1, 0, runs.longer);
      multiply_runs(arguments, range, runs.base, runs.longer * (runs.base + 1),
                    runs.count - runs.longer);
      arguments.weights += position_size;
      arguments.input.data += static_cast<std::ptrdiff_t>(chunk_) * pixel_stride();
      arguments.output.data += static_cast<std::ptrdiff_t>(chunk_) * lanes;
    }
  }

  /// `count` runs of `pixels` tiles each from tile `first` on.
  void multiply_runs(Arguments arguments, kernels::ConvolutionRange& range, int pixels, int first,
                     int count) const {
    if (count == 0) return;
    const auto index = static_cast<std::size_t>(pixels - 1);
    arguments.input.data += static_cast<std::ptrdiff_t>(first) * pixel_stride();
    arguments.output.data += static_cast<std::ptrdiff_t>(first) * layer_->block_channels();
    arguments.runs = runs_[index].data();
    arguments.runs_per_image = runs_[index].size();
    arguments.run_pixels = pixels;
    range.last_run = static_cast<std::size_t>(count);
    range.prefetch = layer_->kernel(pixels)(arguments, range);
  }

  void transform_output(const Buffers& buffers, std::size_t block, int first, int count) const {
    const int lanes = layer_->block_channels(), tile = layer_->tile();
    const int first_channel = static_cast<int>(block) * lanes;
    kernels::WinogradOutputArguments<Element> arguments;
    arguments.position_stride = static_cast<std::ptrdiff_t>(chunk_) * lanes;
    arguments.bias = layer_->packed_bias() + first_channel;
    arguments.row_stride = output_.row_stride;
    arguments.pixel_stride = output_.pixel_stride;
    arguments.channels = std::min(lanes, layer_->shape().out_channels - first_channel);
    arguments.relu = relu_;
    if (residual_) {
      arguments.residual_row_stride = residual_->row_stride;
      arguments.residual_pixel_stride = residual_->pixel_stride;
    }
    const auto kernel = layer_->output_kernel();
    for (int i = 0; i < count; ++i) {
      const TilePosition at = position(first + i);
      arguments.input = products(buffers.scratch) + static_cast<std::ptrdiff_t>(i) * lanes;
      arguments.rows = output_.shape.h - at.y * tile;
      arguments.columns = output_.shape.w - at.x * tile;
      arguments.output = buffers.output + at.image * output_.image_stride +
                         output_.offset(at.y * tile, at.x * tile) + first_channel;
      if (residual_) {
        arguments.residual = buffers.residual + at.image * residual_->image_stride +
                             residual_->offset(at.y * tile, at.x * tile) + first_channel;
      }
      kernel(arguments);
    }
  }

  struct TilePosition {
    int image, y, x;
  };

  TilePosition position(int tile) const noexcept {
    const int inside = tile % tiles_per_image_;
    return {tile / tiles_per_image_, inside / tiles_across_, inside % tiles_across_};
  }

  /// Estimated for the largest task of a grid, as for any convolution; the transforms of the input
  /// cost some six vector operations a position.
  double cycles(int batch, const TaskGrid& grid) const noexcept {
    const double positions = layer_->positions();
    const double depth = layer_->shape().in_channels;
    const double tiles = grid.most_in_row(static_cast<double>(tiles_per_image_) * batch);
    const double blocks = grid.most_in_column(static_cast<double>(layer_->blocks()));
    const double multiply_adds = positions * tiles * blocks * layer_->block_vectors() * depth;
    const double transform = 6 * positions * tiles * depth / layer_->table().vector_width;
    const double bytes =
        sizeof(Element) * positions * depth * (blocks * layer_->block_channels() + tiles);
    return multiply_adds / 2 / Arithmetic::word + transform / 2 + bytes / 8;
  }

  static constexpr std::array<float, 16 * kernels::max_block_vectors> no_bias_{};

  const Layer* layer_;
  TensorLayout input_, output_;
  std::optional<TensorLayout> residual_;
  bool relu_;
  int tiles_across_ = 0, tiles_per_image_ = 0;
  int run_pixels_ = 1;
  int chunk_ = 1;  ///< tiles at a time
  std::array<std::vector<kernels::Run>, kernels::max_run_pixels> runs_;
};

using WinogradPlan = BasicWinogradPlan<F32>;
using Bf16WinogradPlan = BasicWinogradPlan<Bf16>;

}  // namespace fliqe::inline FLIQE_ABI::nn
