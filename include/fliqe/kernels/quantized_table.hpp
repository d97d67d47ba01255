// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/kernels/kernel_table.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace fliqe::kernels {

/// The kernels of one way of multiplying bytes.
struct QuantizedTable {
  using Element = std::uint8_t;
  using Convolution = QuantizedConvKernel;

  std::string_view name;
  Isa isa = Isa::baseline;
  bool (*is_supported)(const CpuFeatures& cpu) = nullptr;  ///< besides `isa`
  int vector_width = 0;                                    ///< 32-bit sums in a register

  /// As in KernelTable.
  std::array<int, max_block_vectors> tile_pixels{};
  std::array<std::array<Convolution, max_run_pixels>, max_block_vectors> convolution{};
  QuantizeKernel quantize = nullptr;
  QuantizedSumKernel sum_pixels = nullptr;
};

/// All ways that there are for the processor's family, slowest first.
FLIQE_KERNELS_INLINE std::span<const QuantizedTable* const> compiled_quantized_tables() noexcept;

/// The ways that this host can go when it may use `isa`, slowest first.
inline std::vector<const QuantizedTable*> quantized_tables(Isa isa) {
  std::vector<const QuantizedTable*> tables;
  for (const QuantizedTable* table : compiled_quantized_tables()) {
    if (table->isa <= isa && is_supported(table->isa) && table->is_supported(cpu_features())) {
      tables.push_back(table);
    }
  }
  return tables;
}

/// The fastest of them.
inline const QuantizedTable& quantized_table_for(Isa isa) {
  return *quantized_tables(isa).back();
}

}  // namespace fliqe::kernels

#if !defined(FLIQE_COMPILED_KERNELS)
#include <fliqe/kernels/baseline_int8.hpp>
#if FLIQE_X86_64
#include <fliqe/kernels/avx2_int8.hpp>
#include <fliqe/kernels/avx512_int8.hpp>
#endif

namespace fliqe::kernels {

FLIQE_KERNELS_INLINE std::span<const QuantizedTable* const> compiled_quantized_tables() noexcept {
  static constexpr std::array tables {
    &baseline::quantized_table,
#if FLIQE_X86_64
        &avx2::quantized_table, &avx_vnni::quantized_table, &avx512::quantized_table,
        &avx512_vnni::quantized_table,
#endif
  };
  return tables;
}

}  // namespace fliqe::kernels
#endif
