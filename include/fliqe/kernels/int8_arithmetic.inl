// SPDX-License-Identifier: MIT
/// @file
/// What all ways of multiplying bytes share; see Int8. Included once for each vector width.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct Int8Sums : ByWord<Int8> {
  using Type = Int8;
  using Arguments = ConvolutionArguments<Int8>;
  using Sum = int8_sums;
  using PartialSum = Sum;
  static constexpr int lanes = ilanes;
  static constexpr SumKernel<std::uint8_t> sum_pixels = &sum_reduced_pixels<std::uint8_t>;

  static Sum first_sum(const Arguments&, const ConvolutionRange&, std::size_t) { return Sum{}; }

  class Epilogue {
   public:
    Epilogue(const Arguments& arguments, const ConvolutionRange&, std::size_t first_lane)
        : scale_(arguments.scale + first_lane),
          bias_(arguments.bias + first_lane),
          residual_scale_(arguments.residual_scale) {}

    template <bool Residual, int Vectors>
    [[gnu::always_inline]] void finish(const Sum (&sum)[Vectors], const std::uint8_t* residual,
                                       std::uint8_t* output) const {
      ivec bytes[Vectors], added[Vectors];
      if constexpr (Residual) load_bytes(residual, added);
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        const float* scale = scale_ + v * lanes;
        const float* bias = bias_ + v * lanes;
        if constexpr (Residual) {
          bytes[v] = requantize(sum[v], scale, bias, added[v], residual_scale_);
        } else {
          bytes[v] = requantize(sum[v], scale, bias);
        }
      }
      store_saturated(output, bytes);
    }

   private:
    const float* scale_;
    const float* bias_;
    float residual_scale_;
  };

  /// @see ConvertKernel
  static void convert(const float* x, float factor, std::size_t count, std::uint8_t* y) {
    for (std::size_t i = 0; i < count; i += lanes) {
      const ivec values[1] = {scaled(x + i, factor)};
      store_saturated(y + i, values);
    }
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
