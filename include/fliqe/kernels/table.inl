// SPDX-License-Identifier: MIT
/// @file
/// Collects the kernels of the arithmetics of a namespace. Runs on any host, so it is included
/// outside the target regions.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <class Type, int Vectors, int Pixels>
constexpr ConvolutionKernel<Type> convolution_or_null() {
  if constexpr (Pixels <= max_run_pixels && Pixels <= Arithmetic<Type>::tile_pixels[Vectors - 1]) {
    return &convolution<Arithmetic<Type>, Pixels, Vectors>;
  } else {
    return nullptr;
  }
}

template <class Type, int Vectors, int... Index>
constexpr std::array<ConvolutionKernel<Type>, sizeof...(Index)> convolutions(
    std::integer_sequence<int, Index...>) {
  return {convolution_or_null<Type, Vectors, Index + 1>()...};
}

template <class Type>
constexpr KernelTable<Type> make_table() {
  constexpr auto runs = std::make_integer_sequence<int, max_matrix_rows>();
  KernelTable<Type> table;
  table.vector_width = Arithmetic<Type>::lanes;
  table.weight_word = Arithmetic<Type>::weight_word;
  table.group_pixels = Arithmetic<Type>::group_pixels;
  table.signed_inputs = Arithmetic<Type>::signed_inputs;
  table.wide_is_best = Arithmetic<Type>::input_words > 1;
  table.tile_pixels = Arithmetic<Type>::tile_pixels;
  table.convolution = {convolutions<Type, 1>(runs), convolutions<Type, 2>(runs),
                       convolutions<Type, 3>(runs), convolutions<Type, 4>(runs)};
  table.convert = Arithmetic<Type>::convert;
  table.sum_pixels = Arithmetic<Type>::sum_pixels;
  if constexpr (WinogradProducts<Type>) {
    table.winograd_input = Arithmetic<Type>::winograd_input_kernels;
    table.winograd_output = Arithmetic<Type>::winograd_output_kernels;
  }
  return table;
}

template <class Type>
inline constexpr KernelTable<Type> table = make_table<Type>();

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
