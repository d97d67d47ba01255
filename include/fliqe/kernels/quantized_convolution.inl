// SPDX-License-Identifier: MIT
/// @file
/// The convolution micro-kernel in bytes. Included once per way of multiplying bytes, on its own
/// `dot`.

namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE {

struct ByteArithmetic {
  using Input = std::uint8_t;
  using Weight = std::int8_t;
  using Weights = byte_weights;
  using Sum = byte_sums;
  static constexpr int word = 4;
  static constexpr int lanes = ilanes;

  static Weights weights_at(const std::int8_t* p) { return load_weights(p); }
  static byte_inputs input_at(const std::uint8_t* p) { return broadcast_inputs(p); }
  static Sum multiply_add(const byte_inputs& x, const Weights& w, const Sum& sum) {
    return dot(x, w, sum);
  }
};

/// Sums to bytes; see QuantizedConvJob.
template <bool Residual, int Runs, int Pixels, int Vectors>
inline void store_requantized(const QuantizedConvJob& job, std::size_t first_lane,
                              const TilePlace<std::uint8_t, Runs>& place,
                              std::ptrdiff_t start_stride,
                              const byte_sums (&sum)[Runs][Pixels][Vectors]) {
  const float* scale = job.scale + first_lane;
  const float* offset = job.offset + first_lane;
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      ivec bytes[Vectors];
      if constexpr (Residual) {
        ivec added[Vectors];
        load_bytes(place.start[r] + p * start_stride, added);
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          bytes[v] = requantize(sum[r][p][v], scale + v * ilanes, offset + v * ilanes, added[v],
                                job.residual_scale);
        }
      } else {
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          bytes[v] = requantize(sum[r][p][v], scale + v * ilanes, offset + v * ilanes);
        }
      }
      store_saturated(place.output[r] + p * job.output.pixel_stride, bytes);
    }
  }
}

/// Computes one tile.
template <int Runs, int Pixels, int Vectors>
inline void quantized_tile(const QuantizedConvJob& job, const ConvRange& range,
                           const TilePlace<std::uint8_t, Runs>& place, std::ptrdiff_t start_stride,
                           Prefetch& ahead) {
  const std::size_t first_lane = range.block * Vectors * ilanes;
  byte_sums sum[Runs][Pixels][Vectors];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) sum[r][p][v] = byte_sums{};
    }
  }
  accumulate_taps<ByteArithmetic>(job, range, place, ahead, sum);
  if (place.start[0] == nullptr) {
    store_requantized<false>(job, first_lane, place, start_stride, sum);
  } else {
    store_requantized<true>(job, first_lane, place, start_stride, sum);
  }
}

/// Computes `count` runs, `Runs` of them in each tile as long as that goes, the rest one by one.
template <int Runs, int Pixels, int Vectors>
inline void quantized_tiles(const QuantizedConvJob& job, const ConvRange& range,
                            RunCursor<QuantizedConvJob>& cursor, std::size_t count,
                            Prefetch& ahead) {
  for (; count >= Runs; count -= Runs) {
    const TilePlace<std::uint8_t, Runs> place = cursor.template next<Runs>();
    quantized_tile<Runs, Pixels, Vectors>(job, range, place, cursor.start_stride(), ahead);
  }
  if constexpr (Runs > 1) quantized_tiles<1, Pixels, Vectors>(job, range, cursor, count, ahead);
}

/// @see QuantizeKernel
inline void quantize(const float* x, float factor, std::size_t count, std::uint8_t* y) {
  for (std::size_t i = 0; i < count; i += ilanes) {
    const ivec steps[1] = {scaled(x + i, factor)};
    store_saturated(y + i, steps);
  }
}

/// @see QuantizedConvKernel
template <int Pixels, int Vectors>
const std::byte* quantized_convolution(const QuantizedConvJob& job, const ConvRange& range) {
  constexpr int runs = runs_in_tile(Pixels, byte_tile_pixels[Vectors - 1]);
  Prefetch ahead(range);
  RunCursor<QuantizedConvJob> cursor(job, range, range.block * Vectors * ilanes);
  quantized_tiles<runs, Pixels, Vectors>(job, range, cursor, range.last_run - range.first_run,
                                         ahead);
  return ahead.next;
}

}  // namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE
