// SPDX-License-Identifier: MIT
/// @file
/// What all ways of multiplying floats share; see F32. Included once for each instruction set.

#include <fliqe/kernels/winograd.inl>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

struct F32Sums : ByWord<F32> {
  using Type = F32;
  using Arguments = ConvolutionArguments<F32>;
  using Weights = vec;
  using Sum = vec;
  using PartialSum = Sum;
  static constexpr int lanes = width;
  static constexpr TilePixels tile_pixels = f32_tile_pixels;
  static constexpr ConvertKernel<float> convert = nullptr;
  static constexpr SumKernel<float> sum_pixels = &sum_f32_pixels;
  static constexpr std::array winograd_input_kernels{&winograd_input<F32, 2>,
                                                     &winograd_input<F32, 4>};
  static constexpr std::array winograd_output_kernels{&winograd_output<F32, 2>,
                                                      &winograd_output<F32, 4>};

  static vec load_pixels(const float* p) { return load(p); }
  static void store_pixels(float* p, vec x) { store(p, x); }

  static Sum first_sum(const Arguments& arguments, const ConvolutionRange& range,
                       std::size_t lane) {
    return range.first_tap == 0 ? load(arguments.bias + lane) : zero();
  }
  static Sum add_to_sum(Sum sum, const float* added) { return add(sum, load(added)); }

  class Epilogue {
   public:
    Epilogue(const Arguments& arguments, const ConvolutionRange& range, std::size_t) {
      const bool is_finished = range.last_tap == arguments.taps;
      const float lowest =
          is_finished && arguments.relu ? 0.0f : -std::numeric_limits<float>::infinity();
      floor_ = broadcast(&lowest);
    }

    /// The residual has been added at the beginning.
    template <bool Residual, int Vectors>
    [[gnu::always_inline]] void finish(const Sum (&sum)[Vectors], const float*,
                                       float* output) const {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        store(output + v * lanes, max(floor_, sum[v]));
      }
    }

   private:
    vec floor_;
  };
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
