// SPDX-License-Identifier: MIT
/// @file
/// Collects the kernels of one way of multiplying bytes. Runs on any host, so it stands outside the
/// region.

namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE {

template <int Pixels, int Vectors>
constexpr QuantizedConvKernel quantized_convolution_or_null() {
  if constexpr (Pixels <= byte_tile_pixels[static_cast<std::size_t>(Vectors - 1)]) {
    return &quantized_convolution<Pixels, Vectors>;
  } else {
    return nullptr;
  }
}

template <int Vectors, int... Index>
constexpr std::array<QuantizedConvKernel, max_run_pixels> quantized_convolutions(
    std::integer_sequence<int, Index...>) {
  return {quantized_convolution_or_null<Index + 1, Vectors>()...};
}

inline constexpr QuantizedTable quantized_table{
    .name = quantized_name,
    .isa = isa,
    .is_supported = [](const CpuFeatures& cpu) { return has_dot(cpu); },
    .vector_width = ilanes,
    .tile_pixels = byte_tile_pixels,
    .convolution = {quantized_convolutions<1>(std::make_integer_sequence<int, max_run_pixels>()),
                    quantized_convolutions<2>(std::make_integer_sequence<int, max_run_pixels>()),
                    {},
                    quantized_convolutions<4>(std::make_integer_sequence<int, max_run_pixels>())},
    .quantize = &quantize,
    .sum_pixels = &quantized_sum_pixels,
};

}  // namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE
