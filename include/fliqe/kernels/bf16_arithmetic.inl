// SPDX-License-Identifier: MIT
/// @file
/// bfloat16 times bfloat16. Included once per way of multiplying them, on its own `bf16_dot`.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct Bf16Arithmetic {
  using Job = Bf16ConvJob;
  using Input = bfloat16;
  using Weight = bfloat16;
  using Weights = bf16_pairs;
  using Sum = vec;
  static constexpr int word = 2;
  static constexpr int lanes = width;
  static constexpr std::array<int, max_block_vectors> tile_pixels = bf16_tile_pixels;

  static Sum none() { return zero(); }
  static Weights weights_at(const bfloat16* p) { return load_pairs(p); }
  static bf16_pairs input_at(const bfloat16* p) { return broadcast_pair(p); }
  static Sum multiply_add(const bf16_pairs& x, const Weights& w, Sum sum) {
    return bf16_dot(x, w, sum);
  }

  /// Sums to bfloat16; see Bf16ConvJob.
  template <bool Residual, int Vectors>
  static void store_pixel(const Job& job, std::size_t first_lane, const Sum (&sum)[Vectors],
                          const bfloat16* residual, bfloat16* output) {
    const float lowest = job.relu ? 0.0f : -std::numeric_limits<float>::infinity();
    const vec floor = broadcast(&lowest);
    FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
      const std::size_t lane = first_lane + static_cast<std::size_t>(v * lanes);
      vec value = fma(sum[v], load(job.scale + lane), load(job.offset + lane));
      if constexpr (Residual) value = add(value, load_bf16(residual + v * lanes));
      store_bf16(output + v * lanes, max(floor, value));
    }
  }

  /// @see NarrowKernel
  static void narrow(const float* x, float factor, std::size_t count, bfloat16* y) {
    const vec scale = broadcast(&factor);
    for (std::size_t i = 0; i < count; i += lanes) store_bf16(y + i, mul(load(x + i), scale));
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
