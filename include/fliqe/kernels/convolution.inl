// SPDX-License-Identifier: MIT
/// @file
/// The convolution micro-kernel in floats: a register tile of (Runs x Pixels) output pixels by
/// Vectors output vectors. Included once per instruction set, on its own `vec`.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct FloatArithmetic {
  using Input = float;
  using Weight = float;
  using Weights = vec;
  using Sum = vec;
  static constexpr int word = 1;
  static constexpr int lanes = width;

  static Weights weights_at(const float* p) { return load(p); }
  static vec input_at(const float* p) { return broadcast(p); }
  static Sum multiply_add(vec x, vec w, Sum sum) { return fma(x, w, sum); }
};

/// Computes one tile; see ConvJob for the order of operations.
template <int Runs, int Pixels, int Vectors>
inline void tile(const ConvJob& job, const ConvRange& range, const TilePlace<float, Runs>& place,
                 std::ptrdiff_t start_stride, std::ptrdiff_t output_stride, Prefetch& ahead) {
  constexpr int block_channels = Vectors * width;
  vec sum[Runs][Pixels][Vectors];
  const float* bias = job.bias + range.block * block_channels;
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    const vec start = range.first_tap == 0 ? load(bias + v * width) : zero();
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) sum[r][p][v] = start;
    }
  }
  if (place.start[0] != nullptr) {
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          sum[r][p][v] = add(sum[r][p][v], load(place.start[r] + p * start_stride + v * width));
        }
      }
    }
  }

  accumulate_taps<FloatArithmetic>(job, range, place, ahead, sum);

  const bool finished = range.last_tap == job.taps;
  const float lowest = finished && job.relu ? 0.0f : -std::numeric_limits<float>::infinity();
  const vec floor = broadcast(&lowest);
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        store(place.output[r] + p * output_stride + v * width, max(floor, sum[r][p][v]));
      }
    }
  }
}

/// Copies the first `channels` floats of each of `pixels` pixels.
inline void copy_pixels(const float* from, std::ptrdiff_t from_stride, float* to,
                        std::ptrdiff_t to_stride, int pixels, std::size_t channels) {
  for (int p = 0; p < pixels; ++p)
    std::copy_n(from + p * from_stride, channels, to + p * to_stride);
}

/// A tile of a block that reaches past the last channel: goes through a scratch of whole vectors,
/// so that the tile itself has no tails.
template <int Runs, int Pixels, int Vectors>
inline void tail_tile(const ConvJob& job, const ConvRange& range,
                      const TilePlace<float, Runs>& place, std::ptrdiff_t start_stride,
                      std::size_t channels, Prefetch& ahead) {
  constexpr std::size_t block_channels = Vectors * width;
  float scratch[Runs][Pixels * block_channels] = {};
  TilePlace<float, Runs> inner = place;
  for (int r = 0; r < Runs; ++r) {
    inner.output[r] = scratch[r];
    if (place.start[r] != nullptr) {
      copy_pixels(place.start[r], start_stride, scratch[r], block_channels, Pixels, channels);
      inner.start[r] = scratch[r];
    }
  }
  tile<Runs, Pixels, Vectors>(job, range, inner, block_channels, block_channels, ahead);
  for (int r = 0; r < Runs; ++r) {
    copy_pixels(scratch[r], block_channels, place.output[r], job.output.pixel_stride, Pixels,
                channels);
  }
}

/// Computes `count` runs, `Runs` of them in each tile as long as that goes, the rest one by one.
template <int Runs, int Pixels, int Vectors>
inline void tiles(const ConvJob& job, const ConvRange& range, RunCursor<ConvJob>& cursor,
                  std::size_t count, std::size_t channels, Prefetch& ahead) {
  for (; count >= Runs; count -= Runs) {
    const TilePlace<float, Runs> place = cursor.template next<Runs>();
    if (channels == Vectors * width) {
      tile<Runs, Pixels, Vectors>(job, range, place, cursor.start_stride(), job.output.pixel_stride,
                                  ahead);
    } else {
      tail_tile<Runs, Pixels, Vectors>(job, range, place, cursor.start_stride(), channels, ahead);
    }
  }
  if constexpr (Runs > 1) tiles<1, Pixels, Vectors>(job, range, cursor, count, channels, ahead);
}

/// @see ConvKernel
template <int Pixels, int Vectors>
const std::byte* convolution(const ConvJob& job, const ConvRange& range) {
  constexpr std::size_t block_channels = Vectors * width;
  constexpr int runs = runs_in_tile(Pixels, tile_pixels[Vectors - 1]);
  const std::size_t first_channel = range.block * block_channels;
  const std::size_t channels =
      std::min(block_channels, static_cast<std::size_t>(job.out_channels) - first_channel);
  Prefetch ahead(range);
  RunCursor<ConvJob> cursor(job, range, first_channel);
  tiles<runs, Pixels, Vectors>(job, range, cursor, range.last_run - range.first_run, channels,
                               ahead);
  return ahead.next;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
