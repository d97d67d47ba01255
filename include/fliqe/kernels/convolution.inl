// SPDX-License-Identifier: MIT
/// @file
/// The convolution kernel: a register tile of (Runs x Pixels) output pixels by Vectors output
/// vectors, whose inner loop is an outer product of pixels and output channels. Included once for
/// each set of target features. An `Arithmetic` has
///
///   Type                            its F32, Bf16, Bf16Products or Int8
///   Inputs, Weights, Sum            a word of input in every lane, words of weights, `lanes` sums
///   load_weights, load_inputs, multiply_add
///   first_sum, add_to_sum           how sums begin; the latter where partial sums are supported
///   Epilogue                        how sums end: scaled, added to a residual, rounded, stored
///   tile_pixels                     output pixels in a tile of 1, 2, 3 or 4 vectors; 0: no kernels

#include <fliqe/kernels/run_cursor.inl>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// One word of depth.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void multiply_add(const ElementOf<Arithmetic>* const (&in)[Runs],
                         const std::ptrdiff_t (&pixel_offset)[Pixels], std::ptrdiff_t index,
                         const WeightOf<Arithmetic>* weights,
                         typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int word = Arithmetic::Type::word;
  typename Arithmetic::Weights w[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    w[v] = Arithmetic::load_weights(weights + (index * Vectors + v) * Arithmetic::lanes * word);
  }
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto x = Arithmetic::load_inputs(in[r] + pixel_offset[p] + index * word);
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        sum[r][p][v] = Arithmetic::multiply_add(x, w[v], sum[r][p][v]);
      }
    }
  }
}

/// Adds one tap to the tile: `depth` consecutive elements of each pixel's window, at least a word.
/// The loop takes two words and can end after the first: a copy of its body for an odd word would
/// lengthen every kernel.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void accumulate_tap(const ElementOf<Arithmetic>* const (&window)[Runs],
                           std::ptrdiff_t pixel_stride, int depth,
                           const WeightOf<Arithmetic>* weights, Prefetch& prefetch,
                           typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int word = Arithmetic::Type::word;
  std::ptrdiff_t pixel_offset[Pixels];
  FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) pixel_offset[p] = p * pixel_stride;
  const ElementOf<Arithmetic>* in[Runs];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = window[r];
  const std::byte* line = prefetch.next;
  for (int words = depth / word;; words -= 2) {
    __builtin_prefetch(line, 0, 2);
    line += Prefetch::line;
    multiply_add<Arithmetic>(in, pixel_offset, 0, weights, sum);
    if (words == 1) break;
    multiply_add<Arithmetic>(in, pixel_offset, 1, weights, sum);
    if (words == 2) break;
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += 2 * word;
    weights += 2 * word * Vectors * Arithmetic::lanes;
  }
  prefetch.next = std::min(line, prefetch.end);
}

/// Adds the taps of a range to the tile.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void accumulate(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                       const AddressesOf<Arithmetic, Runs>& at, Prefetch& prefetch,
                       typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int block_channels = Vectors * Arithmetic::lanes;
  const std::ptrdiff_t tap_size = static_cast<std::ptrdiff_t>(arguments.depth) * block_channels;
  const auto first = static_cast<std::ptrdiff_t>(range.block) * arguments.taps + range.first_tap;
  const WeightOf<Arithmetic>* weights = arguments.weights + first * tap_size;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const ElementOf<Arithmetic>* window[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) window[r] = at.input[r] + arguments.tap_offsets[t];
    accumulate_tap<Arithmetic>(window, arguments.input.pixel_stride, arguments.depth, weights,
                               prefetch, sum);
    weights += tap_size;
  }
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void begin_tile(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                       std::size_t first_lane, const AddressesOf<Arithmetic, Runs>& at,
                       std::ptrdiff_t added_stride,
                       typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int lanes = Arithmetic::lanes;
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    const auto first = Arithmetic::first_sum(arguments, range, first_lane + v * lanes);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) sum[r][p][v] = first;
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
                     const typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto* residual = Residual ? at.added[r] + p * added_stride : nullptr;
      epilogue.template finish<Residual>(sum[r][p], residual, at.output[r] + p * output_stride);
    }
  }
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void compute_tile(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                         const AddressesOf<Arithmetic, Runs>& at, std::ptrdiff_t added_stride,
                         std::ptrdiff_t output_stride, Prefetch& prefetch) {
  const std::size_t first_lane = range.block * Vectors * Arithmetic::lanes;
  typename Arithmetic::Sum sum[Runs][Pixels][Vectors];
  begin_tile<Arithmetic>(arguments, range, first_lane, at, added_stride, sum);
  accumulate<Arithmetic>(arguments, range, at, prefetch, sum);
  const typename Arithmetic::Epilogue epilogue(arguments, range, first_lane);
  if constexpr (!Arithmetic::Type::supports_partial_sums) {
    if (at.added[0] != nullptr) {
      end_tile<Arithmetic, true>(epilogue, at, added_stride, output_stride, sum);
      return;
    }
  }
  end_tile<Arithmetic, false>(epilogue, at, added_stride, output_stride, sum);
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
  constexpr int runs = runs_in_tile(Pixels, Arithmetic::tile_pixels[Vectors - 1]);
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
