// SPDX-License-Identifier: MIT
/// @file
/// The convolution micro-kernel: a register tile of (Runs x Pixels) output pixels by Vectors output
/// vectors. Included once per instruction set, on its own `vec`.

namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE {

/// Where a tile reads and writes, one place per run.
template <int Runs>
struct TilePlace {
  const float* input[Runs];
  const float* start[Runs];  ///< added to the sums at the start: residual or partial sums, or null
  float* output[Runs];
};

/// Walks the runs of a range in order, image after image.
class RunCursor {
 public:
  RunCursor(const ConvJob& job, const ConvRange& range, std::size_t first_channel)
      : job_(job),
        image_(range.first_run / job.runs_per_image),
        run_(range.first_run % job.runs_per_image),
        channel_(first_channel),
        partial_(range.first_tap > 0) {}

  template <int Runs>
  TilePlace<Runs> next() {
    TilePlace<Runs> place;
    for (int r = 0; r < Runs; ++r) {
      const auto image = static_cast<std::ptrdiff_t>(image_);
      const Run& run = job_.runs[run_];
      place.input[r] = job_.input.data + image * job_.input.image_stride + run.input;
      place.output[r] = job_.output.data + image * job_.output.image_stride + run.output + channel_;
      place.start[r] = nullptr;
      if (partial_) {
        place.start[r] = place.output[r];
      } else if (job_.residual.data != nullptr) {
        place.start[r] =
            job_.residual.data + image * job_.residual.image_stride + run.residual + channel_;
      }
      if (++run_ == job_.runs_per_image) {
        run_ = 0;
        ++image_;
      }
    }
    return place;
  }

  /// Distance between the pixels of `start`.
  std::ptrdiff_t start_stride() const {
    return partial_ ? job_.output.pixel_stride : job_.residual.pixel_stride;
  }

 private:
  const ConvJob& job_;
  std::size_t image_;
  std::size_t run_;
  std::size_t channel_;
  bool partial_;
};

/// Weights that are fetched into the second-level cache while others are at work: one line for
/// every two steps in depth, which main memory keeps up with and which costs no register more.
struct Prefetch {
  static constexpr int line = 16;

  const float* next;
  const float* end;

  explicit Prefetch(const ConvRange& range) : next(range.ahead), end(range.ahead_end) {}
};

/// One step in depth: an outer product of the tile's pixels and output channels.
template <int Runs, int Pixels, int Vectors>
inline void multiply_add(const float* const (&in)[Runs],
                         const std::ptrdiff_t (&pixel_offset)[Pixels], std::ptrdiff_t d,
                         const float* weights, vec (&sum)[Runs][Pixels][Vectors]) {
  vec w[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    w[v] = load(weights + d * (Vectors * width) + v * width);
  }
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const vec x = broadcast(in[r] + pixel_offset[p] + d);
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) sum[r][p][v] = fma(x, w[v], sum[r][p][v]);
    }
  }
}

/// Adds one tap to the tile: `depth` consecutive floats of each pixel's window.
template <int Runs, int Pixels, int Vectors>
inline void accumulate(const float* const (&window)[Runs], std::ptrdiff_t pixel_stride, int depth,
                       const float* weights, Prefetch& ahead, vec (&sum)[Runs][Pixels][Vectors]) {
  std::ptrdiff_t pixel_offset[Pixels];
  FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) pixel_offset[p] = p * pixel_stride;
  const float* in[Runs];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = window[r];
  const float* fetch = ahead.next;
  for (int pair = depth / 2; pair > 0; --pair) {
    __builtin_prefetch(fetch, 0, 2);
    fetch += Prefetch::line;
    multiply_add(in, pixel_offset, 0, weights, sum);
    multiply_add(in, pixel_offset, 1, weights, sum);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += 2;
    weights += 2 * Vectors * width;
  }
  if (depth % 2 != 0) multiply_add(in, pixel_offset, 0, weights, sum);
  ahead.next = std::min(fetch, ahead.end);
}

/// Computes one tile; see ConvJob for the order of operations.
template <int Runs, int Pixels, int Vectors>
inline void tile(const ConvJob& job, const ConvRange& range, const TilePlace<Runs>& place,
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

  const std::ptrdiff_t tap_size = static_cast<std::ptrdiff_t>(job.depth) * block_channels;
  const float* weights =
      job.weights +
      (static_cast<std::ptrdiff_t>(range.block) * job.taps + range.first_tap) * tap_size;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const float* window[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) window[r] = place.input[r] + job.tap_offsets[t];
    accumulate<Runs, Pixels, Vectors>(window, job.input.pixel_stride, job.depth, weights, ahead,
                                      sum);
    weights += tap_size;
  }

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
inline void tail_tile(const ConvJob& job, const ConvRange& range, const TilePlace<Runs>& place,
                      std::ptrdiff_t start_stride, std::size_t channels, Prefetch& ahead) {
  constexpr std::size_t block_channels = Vectors * width;
  float scratch[Runs][Pixels * block_channels] = {};
  TilePlace<Runs> inner = place;
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
inline void tiles(const ConvJob& job, const ConvRange& range, RunCursor& cursor, std::size_t count,
                  std::size_t channels, Prefetch& ahead) {
  for (; count >= Runs; count -= Runs) {
    const TilePlace<Runs> place = cursor.next<Runs>();
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
const float* convolution(const ConvJob& job, const ConvRange& range) {
  constexpr std::size_t block_channels = Vectors * width;
  constexpr int runs = runs_in_tile(Pixels, tile_pixels[Vectors - 1]);
  const std::size_t first_channel = range.block * block_channels;
  const std::size_t channels =
      std::min(block_channels, static_cast<std::size_t>(job.out_channels) - first_channel);
  Prefetch ahead(range);
  RunCursor cursor(job, range, first_channel);
  tiles<runs, Pixels, Vectors>(job, range, cursor, range.last_run - range.first_run, channels,
                               ahead);
  return ahead.next;
}

}  // namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE
