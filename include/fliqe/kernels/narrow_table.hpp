// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/kernels/kernel_table.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fliqe::kernels {

/// Returns how far it came in fetching ahead.
template <class Job>
using NarrowConvKernel = const std::byte* (*)(const Job& job, const ConvRange& range);

/// The kernels of one way of multiplying elements smaller than floats.
template <class JobType>
struct NarrowTable {
  using Job = JobType;
  using Element = typename Job::Element;
  using Convolution = NarrowConvKernel<Job>;

  std::string_view name;
  Isa isa = Isa::baseline;
  bool (*is_supported)(const CpuFeatures& cpu) = nullptr;  ///< besides `isa`
  int vector_width = 0;                                    ///< 32-bit sums in a register

  /// As in KernelTable.
  std::array<int, max_block_vectors> tile_pixels{};
  std::array<std::array<Convolution, max_run_pixels>, max_block_vectors> convolution{};
  NarrowKernel<Element> narrow = nullptr;
  NarrowSumKernel<Element> sum_pixels = nullptr;
};

using QuantizedTable = NarrowTable<QuantizedConvJob>;
using Bf16Table = NarrowTable<Bf16ConvJob>;

/// All ways that there are for the processor's family, slowest first.
FLIQE_KERNELS_INLINE std::span<const QuantizedTable* const> compiled_quantized_tables() noexcept;
FLIQE_KERNELS_INLINE std::span<const Bf16Table* const> compiled_bf16_tables() noexcept;

/// The ways that this host can go when it may use `isa`, slowest first.
template <class Table>
std::vector<const Table*> narrow_tables(Isa isa) {
  std::span<const Table* const> all;
  if constexpr (std::is_same_v<Table, QuantizedTable>) {
    all = compiled_quantized_tables();
  } else {
    all = compiled_bf16_tables();
  }
  std::vector<const Table*> tables;
  for (const Table* table : all) {
    if (table->isa <= isa && is_supported(table->isa) && table->is_supported(cpu_features())) {
      tables.push_back(table);
    }
  }
  return tables;
}

/// The fastest of them.
template <class Table>
const Table& narrow_table_for(Isa isa) {
  return *narrow_tables<Table>(isa).back();
}

}  // namespace fliqe::kernels

#if !defined(FLIQE_COMPILED_KERNELS)
#include <fliqe/kernels/baseline_narrow.hpp>
#if FLIQE_X86_64
#include <fliqe/kernels/avx2_narrow.hpp>
#include <fliqe/kernels/avx512_narrow.hpp>
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

FLIQE_KERNELS_INLINE std::span<const Bf16Table* const> compiled_bf16_tables() noexcept {
  static constexpr std::array tables {
    &baseline::bf16_table,
#if FLIQE_X86_64
        &avx2::bf16_table, &avx512::bf16_table, &avx512_bf16::bf16_table,
#endif
  };
  return tables;
}

}  // namespace fliqe::kernels
#endif
