// SPDX-License-Identifier: MIT
/// @file
/// What all ways of multiplying bfloat16 share; see Bf16. Included once for each way of
/// rounding, a function store_bf16() of the namespace.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct Bf16Sums : ByWord<Bf16> {
  using Type = Bf16;
  using Arguments = ConvolutionArguments<Bf16>;
  using Sum = vec;
  using PartialSum = Sum;
  static constexpr int lanes = width;
  static constexpr SumKernel<bfloat16> sum_pixels = &sum_reduced_pixels<bfloat16>;

  template <class AnyArguments>
  static Sum first_sum(const AnyArguments&, const ConvolutionRange&, std::size_t) {
    return zero();
  }

  class Epilogue {
   public:
    Epilogue(const Arguments& arguments, const ConvolutionRange&, std::size_t first_lane)
        : scale_(arguments.scale + first_lane), bias_(arguments.bias + first_lane) {
      const float lowest = arguments.relu ? 0.0f : -std::numeric_limits<float>::infinity();
      floor_ = broadcast(&lowest);
    }

    template <bool Residual, int Vectors>
    [[gnu::always_inline]] void finish(const Sum (&sum)[Vectors], const bfloat16* residual,
                                       bfloat16* output) const {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        vec value = fma(sum[v], load(scale_ + v * lanes), load(bias_ + v * lanes));
        if constexpr (Residual) value = add(value, load_bf16(residual + v * lanes));
        store_bf16(output + v * lanes, max(floor_, value));
      }
    }

   private:
    const float* scale_;
    const float* bias_;
    vec floor_;
  };

  /// @see ConvertKernel
  static void convert(const float* x, float factor, std::size_t count, bfloat16* y) {
    const vec scale = broadcast(&factor);
    for (std::size_t i = 0; i < count; i += lanes) store_bf16(y + i, mul(load(x + i), scale));
  }
};

/// Multiplies the halves of each word as floats, where there are no instructions for bfloat16.
struct Bf16Pairs : Bf16Sums {
  /// The first and the second element of each word.
  struct Pairs {
    vec even, odd;
  };
  using Inputs = Pairs;
  using Weights = Pairs;

  static Sum multiply_add(const Inputs& x, const Weights& w, Sum sum) {
    return fma(x.odd, w.odd, fma(x.even, w.even, sum));
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
