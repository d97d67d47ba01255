// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fliqe::inline FLIQE_ABI::kernels {

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
  /// What the processor needs besides `isa`; null: nothing.
  bool (*is_supported)(const CpuFeatures& cpu) = nullptr;
  bool has_instructions = false;  ///< made for products of such elements
  int vector_width = 0;           ///< 32-bit sums in a register

  /// As in KernelTable.
  std::array<int, max_block_vectors> tile_pixels{};
  std::array<std::array<Convolution, max_matrix_rows>, max_block_vectors> convolution{};
  /// Whether sums are in matrix registers, for which few long runs are best.
  bool uses_matrices = false;
  /// Gives back what a thread's kernels hold between calls; null when nothing.
  void (*release)() = nullptr;
  NarrowKernel<Element> narrow = nullptr;
  NarrowSumKernel<Element> sum_pixels = nullptr;
};

using QuantizedTable = NarrowTable<QuantizedConvJob>;
using Bf16Table = NarrowTable<Bf16ConvJob>;

/// All ways that there are for the processor's family, slowest first.
FLIQE_INLINE std::span<const QuantizedTable* const> compiled_quantized_tables() noexcept;
FLIQE_INLINE std::span<const Bf16Table* const> compiled_bf16_tables() noexcept;

template <class Table>
std::span<const Table* const> compiled_narrow_tables() noexcept {
  if constexpr (std::is_same_v<Table, QuantizedTable>) {
    return compiled_quantized_tables();
  } else {
    return compiled_bf16_tables();
  }
}

/// Whether this host can go that way when it may use `isa`.
template <class Job>
bool is_usable(const NarrowTable<Job>& table, Isa isa) {
  return table.isa <= isa && is_supported(table.isa) &&
         (table.is_supported == nullptr || table.is_supported(cpu_features()));
}

/// The ways that this host can go when it may use `isa`, slowest first.
template <class Table>
std::vector<const Table*> narrow_tables(Isa isa) {
  std::vector<const Table*> tables;
  for (const Table* table : compiled_narrow_tables<Table>()) {
    if (is_usable(*table, isa)) tables.push_back(table);
  }
  return tables;
}

/// The fastest of them.
template <class Table>
const Table& narrow_table_for(Isa isa) {
  const auto all = compiled_narrow_tables<Table>();
  return **std::find_if(all.rbegin(), all.rend(),
                        [isa](const Table* table) { return is_usable(*table, isa); });
}

}  // namespace fliqe::inline FLIQE_ABI::kernels

#if !defined(FLIQE_COMPILED_KERNELS)
#include <fliqe/kernels/baseline_narrow.hpp>
#if FLIQE_X86_64
#include <fliqe/kernels/amx.hpp>
#include <fliqe/kernels/avx2_narrow.hpp>
#include <fliqe/kernels/avx512_narrow.hpp>
#endif

namespace fliqe::inline FLIQE_ABI::kernels {

FLIQE_INLINE std::span<const QuantizedTable* const> compiled_quantized_tables() noexcept {
  static constexpr std::array tables {
    &baseline::quantized_table,
#if FLIQE_X86_64
        &avx2::quantized_table, &avx_vnni::quantized_table, &avx512::quantized_table,
        &avx512_vnni::quantized_table, &amx::quantized_table,
#endif
  };
  return tables;
}

FLIQE_INLINE std::span<const Bf16Table* const> compiled_bf16_tables() noexcept {
  static constexpr std::array tables {
    &baseline::bf16_table,
#if FLIQE_X86_64
        &avx2::bf16_table, &avx512::bf16_table, &avx512_bf16::bf16_table, &amx::bf16_table,
#endif
  };
  return tables;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels
#endif
