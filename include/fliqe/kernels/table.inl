// SPDX-License-Identifier: MIT
/// @file
/// Collects the kernels of one instruction set. Runs on any host, so it stands outside the region.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <int Pixels, int Vectors>
constexpr ConvKernel convolution_or_null() {
  if constexpr (Pixels <= tile_pixels[static_cast<std::size_t>(Vectors - 1)]) {
    return &convolution<Pixels, Vectors>;
  } else {
    return nullptr;
  }
}

template <int Vectors>
constexpr std::array<ConvKernel, max_run_pixels> convolutions() {
  static_assert(max_run_pixels == 7);
  return {convolution_or_null<1, Vectors>(), convolution_or_null<2, Vectors>(),
          convolution_or_null<3, Vectors>(), convolution_or_null<4, Vectors>(),
          convolution_or_null<5, Vectors>(), convolution_or_null<6, Vectors>(),
          convolution_or_null<7, Vectors>()};
}

inline constexpr KernelTable table{
    .isa = isa,
    .vector_width = width,
    .tile_pixels = tile_pixels,
    .convolution = {convolutions<1>(), convolutions<2>(), convolutions<3>(), convolutions<4>()},
    .winograd_input = {&winograd_input<2>, &winograd_input<4>},
    .winograd_output = {&winograd_output<2>, &winograd_output<4>},
    .max_pool = &max_pool,
    .sum_pixels = &sum_pixels,
    .affine = &affine,
    .relu = &relu,
    .resample_row = &resample_row,
    .resample_columns = &resample_columns,
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
