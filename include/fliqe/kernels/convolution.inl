// SPDX-License-Identifier: MIT
/// @file
/// The convolution kernel: a register tile of (Runs x Pixels) output pixels by Vectors output
/// vectors, whose inner loop is an outer product of pixels and output channels. Included once for
/// each set of target features. An `Arithmetic` has
///
///   Type                            its F32, Bf16, Bf16Products or Int8
///   Inputs, Weights, Sum            a word of input in every lane, words of weights, `lanes` sums
///   first_sum, add_to_sum           how sums begin; the latter where partial sums are supported
///   Epilogue                        how sums end: scaled, added to a residual, rounded, stored
///   tile_pixels                     output pixels in a tile of 1, 2, 3 or 4 vectors; 0: no kernels
///
/// and what multiply_words.inl, or multiply_groups.inl where `input_words` exceeds 1, asks for.

#include <fliqe/kernels/run_cursor.inl>
// Both build on it.
#include <fliqe/kernels/multiply_groups.inl>
#include <fliqe/kernels/multiply_words.inl>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// Adds the taps of a range to the tile.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
[[gnu::always_inline]] inline void accumulate(const ArgumentsOf<Arithmetic>& arguments,
                                              const ConvolutionRange& range,
                                              const AddressesOf<Arithmetic, Runs>& at,
                                              Prefetch& prefetch,
                                              TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int block_channels = Vectors * Arithmetic::lanes;
  const std::ptrdiff_t tap_size = static_cast<std::ptrdiff_t>(arguments.depth) * block_channels;
  const auto first = static_cast<std::ptrdiff_t>(range.block) * arguments.taps + range.first_tap;
  const WeightOf<Arithmetic>* weights = arguments.weights + first * tap_size;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const ElementOf<Arithmetic>* window[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) window[r] = at.input[r] + arguments.tap_offsets[t];
    const TapInputs<Arithmetic, Runs, Pixels> tap(window, arguments.input.pixel_stride);
    const int words = arguments.depth / Arithmetic::weight_word;
    if constexpr (Arithmetic::input_words == 1) {
      accumulate_words<Arithmetic, Runs, Pixels, Vectors>(tap, words, weights, prefetch, sum);
    } else {
      accumulate_groups<Arithmetic, Runs, Pixels, Vectors>(tap, words, weights, prefetch, sum);
    }
    weights += tap_size;
  }
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void begin_tile(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                       std::size_t first_lane, const AddressesOf<Arithmetic, Runs>& at,
                       std::ptrdiff_t added_stride,
                       TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int lanes = Arithmetic::lanes, groups = groups_in<Arithmetic>(Pixels);
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    const auto first = Arithmetic::first_sum(arguments, range, first_lane + v * lanes);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int g = 0; g < groups; ++g) sum[r][g][v] = first;
    }
  }
  if constexpr (Arithmetic::Type::supports_partial_sums) {
    if (at.added[0] == nullptr) return;
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          sum[r][p][v] =
              Arithmetic::add_to_sum(sum[r][p][v], at.added[r] + p * added_stride + v * lanes);
        }
      }
    }
  }
}

template <class Arithmetic, bool Residual, int Runs, int Pixels, int Vectors>
inline void end_tile(const typename Arithmetic::Epilogue& epilogue,
                     const AddressesOf<Arithmetic, Runs>& at, std::ptrdiff_t added_stride,
                     std::ptrdiff_t output_stride,
                     const TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto* residual = Residual ? at.added[r] + p * added_stride : nullptr;
      auto* output = at.output[r] + p * output_stride;
      if constexpr (Arithmetic::input_words == 1) {
        epilogue.template finish<Residual>(sum[r][p], residual, output);
      } else {
        constexpr int group = Arithmetic::group_pixels;
        typename Arithmetic::Sum pixel[Vectors];
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          pixel[v] = Arithmetic::sum_of_pixel(sum[r][p / group][v], p % group);
        }
        epilogue.template finish<Residual>(pixel, residual, output);
      }
    }
  }
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void compute_tile(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                         const AddressesOf<Arithmetic, Runs>& at, std::ptrdiff_t added_stride,
                         std::ptrdiff_t output_stride, Prefetch& prefetch) {
  const std::size_t first_lane = range.block * Vectors * Arithmetic::lanes;
  TileSumsOf<Arithmetic, Runs, Pixels, Vectors> sum;
  begin_tile<Arithmetic, Runs, Pixels, Vectors>(arguments, range, first_lane, at, added_stride,
                                                sum);
  accumulate<Arithmetic, Runs, Pixels, Vectors>(arguments, range, at, prefetch, sum);
  const typename Arithmetic::Epilogue epilogue(arguments, range, first_lane);
  if constexpr (!Arithmetic::Type::supports_partial_sums) {
    if (at.added[0] != nullptr) {
      end_tile<Arithmetic, true, Runs, Pixels, Vectors>(epilogue, at, added_stride, output_stride,
                                                        sum);
      return;
    }
  }
  end_tile<Arithmetic, false, Runs, Pixels, Vectors>(epilogue, at, added_stride, output_stride,
                                                     sum);
}

/// Copies the first `channels` elements of each of `pixels` pixels.
template <class Element>
inline void copy_pixels(const Element* from, std::ptrdiff_t from_stride, Element* to,
                        std::ptrdiff_t to_stride, int pixels, std::size_t channels) {
  for (int p = 0; p < pixels; ++p) {
    std::copy_n(from + p * from_stride, channels, to + p * to_stride);
  }
}

/// A tile of a block that exceeds the last channel: it is computed in a scratch of whole vectors,
/// so that compute_tile() needs no tails.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void compute_tail_tile(const ArgumentsOf<Arithmetic>& arguments,
                              const ConvolutionRange& range,
                              const AddressesOf<Arithmetic, Runs>& at, std::ptrdiff_t added_stride,
                              std::size_t channels, Prefetch& prefetch) {
  constexpr std::size_t block_channels = Vectors * Arithmetic::lanes;
  OutputOf<Arithmetic> scratch[Runs][Pixels * block_channels] = {};
  AddressesOf<Arithmetic, Runs> inner = at;
  for (int r = 0; r < Runs; ++r) {
    inner.output[r] = scratch[r];
    if (at.added[r] != nullptr) {
      copy_pixels(at.added[r], added_stride, scratch[r], block_channels, Pixels, channels);
      inner.added[r] = scratch[r];
    }
  }
  compute_tile<Arithmetic, Runs, Pixels, Vectors>(arguments, range, inner, block_channels,
                                                  block_channels, prefetch);
  for (int r = 0; r < Runs; ++r) {
    copy_pixels(scratch[r], block_channels, at.output[r], arguments.output.pixel_stride, Pixels,
                channels);
  }
}

/// Computes `count` runs: `Runs` in each tile while there are as many, then one by one.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void compute_tiles(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                          RunCursor<ArgumentsOf<Arithmetic>>& cursor, std::size_t count,
                          std::size_t channels, Prefetch& prefetch) {
  for (; count >= Runs; count -= Runs) {
    const auto at = cursor.template next<Runs>();
    const std::ptrdiff_t added_stride = cursor.added_stride();
    if constexpr (Arithmetic::Type::output_multiple == 1) {
      if (channels < Vectors * Arithmetic::lanes) {
        compute_tail_tile<Arithmetic, Runs, Pixels, Vectors>(arguments, range, at, added_stride,
                                                             channels, prefetch);
        continue;
      }
    }
    compute_tile<Arithmetic, Runs, Pixels, Vectors>(arguments, range, at, added_stride,
                                                    arguments.output.pixel_stride, prefetch);
  }
  if constexpr (Runs > 1) {
    compute_tiles<Arithmetic, 1, Pixels, Vectors>(arguments, range, cursor, count, channels,
                                                  prefetch);
  }
}

/// @see ConvolutionKernel
template <class Arithmetic, int Pixels, int Vectors>
const std::byte* convolution(const ArgumentsOf<Arithmetic>& arguments,
                             const ConvolutionRange& range) {
  constexpr std::size_t block_channels = Vectors * Arithmetic::lanes;
  constexpr int runs = runs_in_tile(whole_groups(Pixels, Arithmetic::group_pixels),
                                    Arithmetic::tile_pixels[Vectors - 1]);
  const std::size_t first_channel = range.block * block_channels;
  const std::size_t channels =
      std::min(block_channels, static_cast<std::size_t>(arguments.out_channels) - first_channel);
  Prefetch prefetch(range);
  RunCursor<ArgumentsOf<Arithmetic>> cursor(arguments, range, first_channel);
  compute_tiles<Arithmetic, runs, Pixels, Vectors>(
      arguments, range, cursor, range.last_run - range.first_run, channels, prefetch);
  return prefetch.next;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
