// SPDX-License-Identifier: MIT
/// @file
/// What crosses the border between portable code and the kernels: plain pointers and numbers.
/// Strides and offsets count elements, unless they say bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::kernels {

/// A few neighbouring pixels of one output row: where their input window, output and residual
/// begin, relative to the image.
struct Run {
  std::ptrdiff_t input = 0;
  std::ptrdiff_t output = 0;
  std::ptrdiff_t residual = 0;
};

/// How many runs of `pixels` share the registers of a tile that has room for `tile_pixels`.
constexpr int runs_in_tile(int pixels, int tile_pixels) {
  constexpr int most = 6;  // the place of each run needs a register, too
  const int fitting = tile_pixels / pixels;
  return fitting < most ? fitting : most;
}

/// A tensor as the kernels see it.
template <class T>
struct Plane {
  T* data = nullptr;
  std::ptrdiff_t image_stride = 0;
  std::ptrdiff_t pixel_stride = 0;  ///< between neighbouring output pixels
};

/// What all convolutions over a batch have in common.
///
/// A window is `taps` stretches of `depth` consecutive input elements. A word is as many elements
/// as 4 bytes hold. Weights are packed as [block][tap][word][lane of the block][element of the
/// word].
template <class ElementType, class WeightType>
struct BasicConvJob {
  using Element = ElementType;
  using Weight = WeightType;
  Plane<const Element> input;
  Plane<Element> output;
  Plane<const Element> residual;  ///< data is null when nothing is added
  const Weight* weights = nullptr;
  const Run* runs = nullptr;  ///< of one image
  std::size_t runs_per_image = 0;
  const std::ptrdiff_t* tap_offsets = nullptr;
  int taps = 1;
  int depth = 1;
};

/// output = relu(bias + residual + weights * windows).
///
/// Bias is packed as [block][lane]; lanes past `out_channels` are 0. Each output starts from bias +
/// residual and is one chain of multiply-adds in the order (tap, depth), so its bits depend on
/// neither the tile shape, nor the batch, nor the thread.
struct ConvJob : BasicConvJob<float, float> {
  const float* bias = nullptr;
  int out_channels = 0;
  bool relu = false;
};

/// The part of a convolution that one kernel call computes: the taps [first_tap, last_tap) of the
/// channels of `block` for the runs [first_run, last_run) of the batch. Partial sums wait in the
/// output.
struct ConvRange {
  std::size_t first_run = 0;
  std::size_t last_run = 0;
  std::size_t block = 0;
  int first_tap = 0;
  int last_tap = 0;
  const std::byte* ahead = nullptr;  ///< what will be needed next, to be fetched meanwhile
  const std::byte* ahead_end = nullptr;
};

/// Returns how far it came in fetching ahead.
using ConvKernel = const std::byte* (*)(const ConvJob& job, const ConvRange& range);

/// In bytes, as linear steps: value = scale * (byte - zero point), weights likewise but signed and
/// around 0, and
///
///   output = round(scale * (weights * windows) + offset + residual_scale * residual)
///
/// clamped to a byte, where the zero points, the scales of all tensors, bias and batch
/// normalisation have been made into `scale` and `offset`, which are packed as [block][lane]. Sums
/// are exact, so bits depend on nothing but the inputs, not even on the instruction set.
struct QuantizedConvJob : BasicConvJob<std::uint8_t, std::int8_t> {
  const float* scale = nullptr;
  const float* offset = nullptr;
  float residual_scale = 0;
};

/// In bfloat16 with sums in floats: output = relu(scale * (weights * windows) + offset + residual),
/// rounded to nearest even. `scale` and `offset` hold bias and batch normalisation, so that weights
/// which are stored in bfloat16 are used as they are; packed as [block][lane].
struct Bf16ConvJob : BasicConvJob<bfloat16, bfloat16> {
  const float* scale = nullptr;
  const float* offset = nullptr;
  bool relu = false;
};

/// The output channel in a block of `vectors` whose sum is in lane `lane` of vector `vector`: the
/// order in which registers of 32-bit sums narrow to bytes without a permutation, 4 lanes of each
/// vector in turn.
constexpr int channel_of_lane(int vectors, int vector, int lane) {
  return lane / 4 * 4 * vectors + 4 * vector + lane % 4;
}

/// One tile of a Winograd convolution on its way in: (tile + 2)^2 pixels to as many positions of
/// the transformed domain. `channels` is a multiple of the vector width.
struct WinogradInput {
  const float* input = nullptr;
  std::ptrdiff_t row_stride = 0, pixel_stride = 0;
  float* output = nullptr;
  std::ptrdiff_t position_stride = 0;
  int channels = 0;
};

using WinogradInputKernel = void (*)(const WinogradInput& job);

/// One tile on its way out: (tile + 2)^2 positions to tile^2 pixels, plus bias, then relu if asked.
struct WinogradOutput {
  const float* input = nullptr;
  std::ptrdiff_t position_stride = 0;
  const float* bias = nullptr;
  float* output = nullptr;
  std::ptrdiff_t row_stride = 0, pixel_stride = 0;
  int channels = 0;
  bool relu = false;
};

using WinogradOutputKernel = void (*)(const WinogradOutput& job);

/// A pooling window per output pixel, clipped to the image; `out_row` counts rows of the batch.
struct PoolJob {
  const float* input = nullptr;  ///< first pixel inside the halo
  float* output = nullptr;
  std::ptrdiff_t input_pixel_stride = 0, input_row_stride = 0, input_image_stride = 0;
  std::ptrdiff_t output_pixel_stride = 0, output_row_stride = 0, output_image_stride = 0;
  int in_height = 0, in_width = 0;
  int out_height = 0, out_width = 0;
  int channels = 0;
  int kernel = 1, stride = 1, padding = 0;
};

using PoolKernel = void (*)(const PoolJob& job, std::size_t out_row);

/// y[i] = factor * x[i], rounded to nearest even and, if to a byte, clamped; `count` is a multiple
/// of 16.
template <class Element>
using NarrowKernel = void (*)(const float* x, float factor, std::size_t count, Element* y);

/// y[c] = factor * sum over `pixels` of x[pixel][c].
using SumKernel = void (*)(const float* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                           float factor, float* y);
/// The same of elements smaller than floats; `channels` is a multiple of 16.
template <class Element>
using NarrowSumKernel = void (*)(const Element* x, std::ptrdiff_t pixel_stride, int pixels,
                                 int channels, float factor, float* y);

/// y[i] = x[i] * scale[i] + shift[i], then relu if asked, for i < count.
using AffineKernel = void (*)(const float* x, const float* scale, const float* shift, bool relu,
                              std::size_t count, float* y);

/// y[i] = max(x[i], 0); NaN stays NaN.
using ReluKernel = void (*)(const float* x, std::size_t count, float* y);

/// Bits behind the point of resampling weights: a product with a byte and sums of such have room.
inline constexpr int resample_precision_bits = 32 - 8 - 2;

/// Resampling weights come in rows of a multiple of this many outputs, the last ones zero.
inline constexpr int resample_padding = 16;

/// One row of a picture on its way to another width. Output pixel x is the sum over taps t of
/// input pixel (first + t) times weights[t][x]; channels come out in planes.
struct ResampleRow {
  const std::uint8_t* input = nullptr;
  int pixel_bytes = 1;
  int channels = 1;                       ///< 1 or 3
  int channel_bytes[3] = {};              ///< place of each channel in an input pixel
  std::uint8_t* output = nullptr;         ///< rounded up to resample_padding bytes are written
  std::ptrdiff_t plane_stride = 0;        ///< bytes
  const std::int32_t* first = nullptr;    ///< for each output, in bytes
  const std::int32_t* weights = nullptr;  ///< [tap][output], fixed point
  std::ptrdiff_t weights_stride = 0;
  int taps = 1;
  int count = 0;  ///< outputs
};

using ResampleRowKernel = void (*)(const ResampleRow& job);

/// One output row of the pass over columns: the sum over `taps` input rows times their weights.
struct ResampleColumns {
  const std::uint8_t* input = nullptr;
  std::ptrdiff_t row_stride = 0;          ///< bytes
  const std::int32_t* weights = nullptr;  ///< of this row, `weights_stride` apart
  std::ptrdiff_t weights_stride = 0;
  int taps = 1;
  std::uint8_t* output = nullptr;
  int count = 0;  ///< bytes, a multiple of resample_padding
};

using ResampleColumnsKernel = void (*)(const ResampleColumns& job);

}  // namespace fliqe::inline FLIQE_ABI::kernels
