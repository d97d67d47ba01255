// SPDX-License-Identifier: MIT
/// @file
/// The products of bfloat16 as floats; see Bf16Products. Included once for each namespace that has
/// an Arithmetic<Bf16>.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <>
struct Arithmetic<Bf16Products> : Arithmetic<Bf16> {
  using Type = Bf16Products;
  using Arguments = ConvolutionArguments<Bf16Products>;
  static constexpr ConvertKernel<bfloat16> convert = nullptr;
  static constexpr SumKernel<bfloat16> sum_pixels = nullptr;
  static constexpr std::array winograd_input_kernels{&winograd_input<Bf16Products, 2>,
                                                     &winograd_input<Bf16Products, 4>};
  static constexpr std::array winograd_output_kernels{&winograd_output<Bf16Products, 2>,
                                                      &winograd_output<Bf16Products, 4>};

  static vec load_pixels(const bfloat16* p) { return load_bf16(p); }
  static void store_pixels(bfloat16* p, vec x) { store_bf16(p, x); }

  struct Epilogue {
    Epilogue(const Arguments&, const ConvolutionRange&, std::size_t) {}

    template <bool Residual, int Vectors>
    [[gnu::always_inline]] void finish(const Sum (&sum)[Vectors], const float*,
                                       float* output) const {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) store(output + v * lanes, sum[v]);
    }
  };
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
