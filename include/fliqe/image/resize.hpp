// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/task_queue.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/kernels/dispatch.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

/// Fixed-point weights of Pillow's antialiased BILINEAR filter along one axis
/// (src/libImaging/Resample.c: precompute_coeffs, normalize_coeffs_8bpc), for every output as many
/// taps as the one that needs most.
class ResampleAxis {
 public:
  /// @param step  what `first()` counts for each input
  ResampleAxis(int in_size, int out_size, int step = 1) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0);
    const double support = filter_scale;  // the triangle reaches 1 on either side
    taps_ = std::min(in_size, static_cast<int>(std::ceil(support)) * 2 + 1);
    stride_ = padded(out_size);
    first_.resize(static_cast<std::size_t>(stride_));
    weights_.resize(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(taps_));
    std::vector<double> row(static_cast<std::size_t>(taps_));
    for (int out = 0; out < out_size; ++out) {
      // volatile: were products contracted into multiply-adds the weights would differ from
      // Pillow's.
      const volatile double center = (out + 0.5) * scale;
      const int begin = std::max(0, static_cast<int>(center - support + 0.5));
      const int end = std::min(in_size, static_cast<int>(center + support + 0.5));
      double sum = 0;
      for (int i = 0; i < end - begin; ++i) {
        const volatile double distance = (i + begin - center + 0.5) * (1.0 / filter_scale);
        const double weight = std::max(0.0, 1.0 - std::abs(distance));
        row[static_cast<std::size_t>(i)] = weight;
        sum += weight;
      }
      // Taps without weight stand where they do not reach past the end.
      const int first = std::min(begin, in_size - taps_);
      first_[static_cast<std::size_t>(out)] = first * step;
      for (int i = 0; i < end - begin; ++i) {
        const double weight = row[static_cast<std::size_t>(i)] / (sum != 0 ? sum : 1.0);
        const std::ptrdiff_t tap = i + begin - first;
        weights_[static_cast<std::size_t>(tap * stride_ + out)] =
            static_cast<std::int32_t>(0.5 + weight * (1 << kernels::resample_precision_bits));
      }
    }
  }

  /// `size` filled up to what the kernels write.
  static std::ptrdiff_t padded(int size) noexcept {
    constexpr int padding = kernels::resample_padding;
    return (static_cast<std::ptrdiff_t>(size) + padding - 1) / padding * padding;
  }

  int taps() const noexcept { return taps_; }
  /// First input of each output, times the step.
  std::span<const std::int32_t> first() const noexcept { return first_; }
  /// [tap][output], `stride()` apart.
  const std::int32_t* weights() const noexcept { return weights_.data(); }
  std::ptrdiff_t stride() const noexcept { return stride_; }

 private:
  int taps_ = 0;
  std::ptrdiff_t stride_ = 0;
  std::vector<std::int32_t> first_;
  std::vector<std::int32_t> weights_;
};

}  // namespace detail

/// Resizes 8-bit pictures bit for bit as Pillow's `Image.resize(size, Image.BILINEAR)` does:
/// antialiased when shrinking, horizontal pass first, each pass rounded to 8 bits. Aspect is not
/// kept. The result has its channels in planes, row by row.
///
/// Keeps its tables and its scratch memory, so that a stream of equally large pictures allocates
/// nothing. One team at a time may use it.
class BilinearResizer {
 public:
  /// @throws Error `invalid_argument` unless both sizes are positive and this host can run `isa`
  BilinearResizer(int out_width, int out_height, Isa isa = default_isa())
      : kernels_(&kernels::vector_kernels_for(isa)),
        out_width_(positive(out_width)),
        out_height_(positive(out_height)) {}

  /// Channels of the result: 1 for grey pictures, else 3, in the order R, G, B.
  static int channels(PixelFormat format) noexcept { return format == PixelFormat::gray8 ? 1 : 3; }

  /// Bytes from one channel of an output row to the next, the width filled up.
  std::ptrdiff_t plane_stride() const noexcept { return detail::ResampleAxis::padded(out_width_); }
  /// Bytes of an output row: all its channels.
  std::ptrdiff_t row_bytes(PixelFormat format) const noexcept {
    return plane_stride() * channels(format);
  }

  /// Makes tables and scratch ready for `image` and a team of up to `threads`. Call it before each
  /// run(), on one thread.
  /// @throws Error `invalid_argument` when the image has no pixels
  void prepare(const ImageView& image, int threads = 1) {
    detail::require_pixels(image);
    const int pixel_bytes = channel_count(image.format);
    if (image.width != in_width_ || pixel_bytes != pixel_bytes_) {
      horizontal_ = detail::ResampleAxis(image.width, out_width_, pixel_bytes);
      in_width_ = image.width;
      pixel_bytes_ = pixel_bytes;
    }
    if (image.height != in_height_) {
      vertical_ = detail::ResampleAxis(image.height, out_height_);
      in_height_ = image.height;
    }
    const auto needed = static_cast<std::size_t>(image.height * row_bytes(image.format));
    if (scratch_.size() < needed) scratch_.resize(needed);
    queue_.prepare(threads);
  }

  /// Writes out_height rows of row_bytes(); calls `visit(y)` when row `y` is written, on the thread
  /// that wrote it. Every thread of `team` must call run().
  template <class Visitor>
  void run(const ImageView& image, std::uint8_t* output, const Team& team, const Visitor& visit) {
    TaskQueue::Worker worker(queue_, team);
    const auto values = static_cast<double>(image.width) * image.height * pixel_bytes_;
    const int tasks = task_count(values, team.size());
    worker.run(tasks, [&](const Task& task) { shrink_rows(image, task); });
    worker.run(tasks, [&](const Task& task) {
      const Range rows = task.share(static_cast<std::size_t>(out_height_));
      for (auto y = static_cast<int>(rows.begin); y < static_cast<int>(rows.end); ++y) {
        write_row(image.format, output, y);
        visit(y);
      }
    });
  }

  void run(const ImageView& image, std::uint8_t* output, const Team& team) {
    run(image, output, team, [](int) {});
  }

 private:
  static int positive(int size) {
    detail::require(size > 0, ErrorCode::invalid_argument,
                    {"resize: expected a positive size, found ", size});
    return size;
  }

  /// The horizontal pass for a task's share of the image's rows.
  void shrink_rows(const ImageView& image, const Task& task) {
    kernels::ResampleRowArguments row = row_arguments(image.format);
    const Range rows = task.share(static_cast<std::size_t>(image.height));
    for (auto y = static_cast<int>(rows.begin); y < static_cast<int>(rows.end); ++y) {
      row.input = image.row(y);
      row.output = scratch_.data() + y * row_bytes(image.format);
      kernels_->resample_row(row);
    }
  }

  /// The vertical pass for one row of the result.
  void write_row(PixelFormat format, std::uint8_t* output, int y) const {
    const std::ptrdiff_t row_bytes = this->row_bytes(format);
    kernels::ResampleColumnsArguments columns;
    columns.input = scratch_.data() + vertical_.first()[static_cast<std::size_t>(y)] * row_bytes;
    columns.weights = vertical_.weights() + y;
    columns.output = output + y * row_bytes;
    columns.row_stride = row_bytes;
    columns.weights_stride = vertical_.stride();
    columns.taps = vertical_.taps();
    columns.count = static_cast<int>(row_bytes);
    kernels_->resample_columns(columns);
  }

  kernels::ResampleRowArguments row_arguments(PixelFormat format) const noexcept {
    const bool blue_first = format == PixelFormat::bgr8 || format == PixelFormat::bgra8;
    kernels::ResampleRowArguments row;
    row.pixel_bytes = pixel_bytes_;
    row.channels = channels(format);
    row.channel_bytes[0] = blue_first ? 2 : 0;
    row.channel_bytes[1] = 1;
    row.channel_bytes[2] = blue_first ? 0 : 2;
    row.plane_stride = plane_stride();
    row.first = horizontal_.first().data();
    row.weights = horizontal_.weights();
    row.weights_stride = horizontal_.stride();
    row.taps = horizontal_.taps();
    row.count = out_width_;
    return row;
  }

  const kernels::VectorKernels* kernels_;
  int out_width_;
  int out_height_;
  int in_width_ = 0;
  int in_height_ = 0;
  int pixel_bytes_ = 0;
  detail::ResampleAxis horizontal_{1, 1};
  detail::ResampleAxis vertical_{1, 1};
  std::vector<std::uint8_t> scratch_;
  TaskQueue queue_;
};

/// Resizes one picture; grey stays grey, everything else becomes RGB, its channels interleaved.
inline Image resize_bilinear(const ImageView& image, int width, int height, int threads = 1,
                             Isa isa = default_isa()) {
  BilinearResizer resizer(width, height, isa);
  threads = resolve_thread_count(threads);
  resizer.prepare(image, threads);
  const std::ptrdiff_t row_bytes = resizer.row_bytes(image.format);
  std::vector<std::uint8_t> planes(static_cast<std::size_t>(row_bytes * height));
  parallel(threads, [&](const Team& team) { resizer.run(image, planes.data(), team); });
  const int channels = BilinearResizer::channels(image.format);
  Image result{width, height, channels == 1 ? PixelFormat::gray8 : PixelFormat::rgb8, {}};
  result.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                        static_cast<std::size_t>(channels));
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = planes.data() + y * row_bytes;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        result.pixels.push_back(row[c * resizer.plane_stride() + x]);
      }
    }
  }
  return result;
}

}  // namespace fliqe::inline FLIQE_ABI
