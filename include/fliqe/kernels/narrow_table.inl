// SPDX-License-Identifier: MIT
/// @file
/// Collects the kernels of one arithmetic. Runs on any host, so it stands outside the regions.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <class Arithmetic, int Vectors, int Pixels>
constexpr NarrowConvKernel<typename Arithmetic::Job> narrow_convolution_or_null() {
  if constexpr (Pixels <= max_run_pixels &&
                Pixels <= Arithmetic::tile_pixels[static_cast<std::size_t>(Vectors - 1)]) {
    return &narrow_convolution<Arithmetic, Pixels, Vectors>;
  } else {
    return nullptr;
  }
}

template <class Arithmetic, int Vectors, int... Index>
constexpr auto narrow_convolutions(std::integer_sequence<int, Index...>) {
  return std::array{narrow_convolution_or_null<Arithmetic, Vectors, Index + 1>()...};
}

template <class Arithmetic>
constexpr NarrowTable<typename Arithmetic::Job> narrow_table(
    std::string_view name, Isa isa, bool (*is_supported)(const CpuFeatures&) = nullptr) {
  constexpr auto runs = std::make_integer_sequence<int, max_matrix_rows>();
  NarrowTable<typename Arithmetic::Job> table;
  table.name = name;
  table.isa = isa;
  table.is_supported = is_supported;
  table.has_instructions = is_supported != nullptr;
  table.vector_width = Arithmetic::lanes;
  table.tile_pixels = Arithmetic::tile_pixels;
  table.convolution = {narrow_convolutions<Arithmetic, 1>(runs),
                       narrow_convolutions<Arithmetic, 2>(runs),
                       {},
                       narrow_convolutions<Arithmetic, 4>(runs)};
  table.narrow = &Arithmetic::narrow;
  table.sum_pixels = &sum_narrow_pixels<typename Arithmetic::Input>;
  return table;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
