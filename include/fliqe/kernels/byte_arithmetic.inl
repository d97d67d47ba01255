// SPDX-License-Identifier: MIT
/// @file
/// Unsigned bytes times signed bytes. Included once per way of multiplying them, on its own `dot`.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct ByteArithmetic {
  using Job = QuantizedConvJob;
  using Input = std::uint8_t;
  using Weight = std::int8_t;
  using Weights = byte_weights;
  using Sum = byte_sums;
  static constexpr int word = 4;
  static constexpr int lanes = ilanes;
  static constexpr std::array<int, max_block_vectors> tile_pixels = byte_tile_pixels;

  static Sum none() { return Sum{}; }
  static Weights weights_at(const std::int8_t* p) { return load_weights(p); }
  static byte_inputs input_at(const std::uint8_t* p) { return broadcast_inputs(p); }
  static Sum multiply_add(const byte_inputs& x, const Weights& w, const Sum& sum) {
    return dot(x, w, sum);
  }

  /// Sums to bytes; see QuantizedConvJob.
  template <bool Residual, int Vectors>
  static void store_pixel(const Job& job, std::size_t first_lane, const Sum (&sum)[Vectors],
                          const std::uint8_t* residual, std::uint8_t* output) {
    const float* scale = job.scale + first_lane;
    const float* offset = job.offset + first_lane;
    ivec bytes[Vectors], added[Vectors];
    if constexpr (Residual) load_bytes(residual, added);
    FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
      if constexpr (Residual) {
        bytes[v] =
            requantize(sum[v], scale + v * lanes, offset + v * lanes, added[v], job.residual_scale);
      } else {
        bytes[v] = requantize(sum[v], scale + v * lanes, offset + v * lanes);
      }
    }
    store_saturated(output, bytes);
  }

  /// @see NarrowKernel
  static void narrow(const float* x, float factor, std::size_t count, std::uint8_t* y) {
    for (std::size_t i = 0; i < count; i += lanes) {
      const ivec steps[1] = {scaled(x + i, factor)};
      store_saturated(y + i, steps);
    }
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
