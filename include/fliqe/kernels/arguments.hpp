// SPDX-License-Identifier: MIT
/// @file
/// The arguments of kernels: plain pointers and numbers. Strides and offsets count elements unless
/// they say bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::kernels {

/// A few neighbouring pixels of one output row: the offsets, from the image, of their input window,
/// output and residual.
struct Run {
  std::ptrdiff_t input = 0;
  std::ptrdiff_t output = 0;
  std::ptrdiff_t residual = 0;
};

/// Pixels rounded up to whole groups, as which kernels compute them.
constexpr int whole_groups(int pixels, int group_pixels) {
  return (pixels + group_pixels - 1) / group_pixels * group_pixels;
}

/// How many runs of `pixels` share the registers of a tile that has room for `tile_pixels`.
constexpr int runs_in_tile(int pixels, int tile_pixels) {
  constexpr int max_runs = 6;  // each run's address needs a register, too
  const int fitting = tile_pixels / pixels;
  return fitting < max_runs ? fitting : max_runs;
}

/// A tensor as the kernels see it.
template <class T>
struct Plane {
  T* data = nullptr;
  std::ptrdiff_t image_stride = 0;
  std::ptrdiff_t pixel_stride = 0;  ///< between neighbouring output pixels
};

/// The convolution of a batch; what it computes is documented with each arithmetic.
///
/// A window is `taps` sequences of `depth` consecutive input elements. Weights are packed as
/// [block][tap][word][lane of the block][element of the word], with the kernels' `weight_word`;
/// `scale`, `bias` and `weight_sum` as [block][lane].
template <class Arithmetic>
struct ConvolutionArguments {
  using Type = Arithmetic;
  using Output = typename Arithmetic::Output;
  Plane<const typename Arithmetic::Element> input;
  Plane<Output> output;
  Plane<const Output> residual;  ///< data is null when nothing is added
  const typename Arithmetic::Weight* weights = nullptr;
  const float* scale = nullptr;  ///< of the sums; unused in f32, where it is part of the weights
  const float* bias = nullptr;
  const std::int32_t* weight_sum = nullptr;  ///< for kernels with `signed_inputs`
  float residual_scale = 0;                  ///< int8 only
  int out_channels = 0;                      ///< lanes past them are not written
  bool relu = false;                         ///< not in int8, where bytes are never negative
  const Run* runs = nullptr;                 ///< of one image
  std::size_t runs_per_image = 0;
  int run_pixels = 0;  ///< pixels in each run; kernels for one length know it
  const std::ptrdiff_t* tap_offsets = nullptr;
  int taps = 1;
  int depth = 1;  ///< whole words, at least one
};

/// The part of a convolution that one kernel call computes: the taps [first_tap, last_tap) of the
/// channels of `block` for the runs [first_run, last_run) of the batch. Partial sums are kept in
/// the output.
struct ConvolutionRange {
  std::size_t first_run = 0;
  std::size_t last_run = 0;
  std::size_t block = 0;
  int first_tap = 0;
  int last_tap = 0;
  /// Memory that is needed next; the kernel prefetches it meanwhile.
  const std::byte* prefetch = nullptr;
  const std::byte* prefetch_end = nullptr;
};

/// Returns the end of what has been prefetched.
template <class Arithmetic>
using ConvolutionKernel = const std::byte* (*)(const ConvolutionArguments<Arithmetic>& arguments,
                                               const ConvolutionRange& range);

/// One tile of a Winograd convolution: (tile + 2)^2 pixels to as many positions of the transformed
/// domain. `channels` is a multiple of the vector width.
template <class Element>
struct WinogradInputArguments {
  const Element* input = nullptr;
  std::ptrdiff_t row_stride = 0, pixel_stride = 0;
  int rows = 0, columns = 0;  ///< that there are; pixels past them are zero
  Element* output = nullptr;
  std::ptrdiff_t position_stride = 0;
  int channels = 0;
};

template <class Element>
using WinogradInputKernel = void (*)(const WinogradInputArguments<Element>& arguments);

/// The way back: (tile + 2)^2 positions to tile^2 pixels, plus bias, plus residual if there is one,
/// then ReLU if asked.
template <class Element>
struct WinogradOutputArguments {
  const float* input = nullptr;
  std::ptrdiff_t position_stride = 0;
  const float* bias = nullptr;
  const Element* residual = nullptr;
  std::ptrdiff_t residual_row_stride = 0, residual_pixel_stride = 0;
  Element* output = nullptr;
  std::ptrdiff_t row_stride = 0, pixel_stride = 0;
  int rows = 0, columns = 0;  ///< that there are; pixels past them are not written
  int channels = 0;
  bool relu = false;
};

template <class Element>
using WinogradOutputKernel = void (*)(const WinogradOutputArguments<Element>& arguments);

/// A pooling window per output pixel, clipped to the image; `out_row` counts rows of the batch.
struct PoolArguments {
  const float* input = nullptr;  ///< first pixel inside the halo
  float* output = nullptr;
  std::ptrdiff_t input_pixel_stride = 0, input_row_stride = 0, input_image_stride = 0;
  std::ptrdiff_t output_pixel_stride = 0, output_row_stride = 0, output_image_stride = 0;
  int in_height = 0, in_width = 0;
  int out_height = 0, out_width = 0;
  int channels = 0;
  int kernel = 1, stride = 1, padding = 0;
};

using PoolKernel = void (*)(const PoolArguments& arguments, std::size_t out_row);

/// y[i] = factor * x[i], rounded to nearest even and, if to a byte, clamped; `count` is a multiple
/// of 16.
template <class Element>
using ConvertKernel = void (*)(const float* x, float factor, std::size_t count, Element* y);

/// y[c] = factor * sum over `pixels` of x[pixel][c]; `channels` is a multiple of 16 unless elements
/// are floats.
template <class Element>
using SumKernel = void (*)(const Element* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                           float factor, float* y);

/// y[i] = x[i] * scale[i] + shift[i], then relu if asked, for i < count.
using AffineKernel = void (*)(const float* x, const float* scale, const float* shift, bool relu,
                              std::size_t count, float* y);

/// y[i] = max(x[i], 0); NaN stays NaN.
using ReluKernel = void (*)(const float* x, std::size_t count, float* y);

/// Fraction bits of resampling weights; sums of products with bytes fit in 32 bits.
inline constexpr int resample_precision_bits = 32 - 8 - 2;

/// Resampling weights come in rows of a multiple of this many outputs, the last ones zero.
inline constexpr int resample_padding = 16;

/// Resizes one row of a picture to another width. Output pixel x is the sum over taps t of
/// input pixel (first + t) times weights[t][x]; channels come out in planes.
struct ResampleRowArguments {
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

using ResampleRowKernel = void (*)(const ResampleRowArguments& arguments);

/// One output row of the pass over columns: the sum over `taps` input rows times their weights.
struct ResampleColumnsArguments {
  const std::uint8_t* input = nullptr;
  std::ptrdiff_t row_stride = 0;          ///< bytes
  const std::int32_t* weights = nullptr;  ///< of this row, `weights_stride` apart
  std::ptrdiff_t weights_stride = 0;
  int taps = 1;
  std::uint8_t* output = nullptr;
  int count = 0;  ///< bytes, a multiple of resample_padding
};

using ResampleColumnsKernel = void (*)(const ResampleColumnsArguments& arguments);

}  // namespace fliqe::inline FLIQE_ABI::kernels
