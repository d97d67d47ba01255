// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/header_only.hpp>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <type_traits>

namespace fliqe::inline FLIQE_ABI::kernels {

/// The tables of variants<Arithmetic>(), whether this host can run them or not.
template <class Arithmetic>
std::span<const KernelTable<Arithmetic>* const> compiled_tables() noexcept;

/// The other kernels of `isa`, whether this host can run them or not.
const VectorKernels& compiled_vector_kernels(Isa isa) noexcept;

/// The fastest kernels that this host can use when it may use `isa`. Compiles those of
/// `Arithmetic` and no others. @throws Error `invalid_argument` when this host cannot run `isa`
template <class Arithmetic>
const KernelTable<Arithmetic>& table_for(Isa isa) {
  require_supported("kernels", isa);
  return *compiled_tables<Arithmetic>()[fastest_variant<Arithmetic>(isa)];
}

/// @throws Error `invalid_argument` when this host cannot run `isa`
inline const VectorKernels& vector_kernels_for(Isa isa) {
  require_supported("kernels", isa);
  return compiled_vector_kernels(isa);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels

#if !FLIQE_HEADER_ONLY
namespace fliqe::inline FLIQE_ABI::kernels {
extern template std::span<const KernelTable<F32>* const> compiled_tables() noexcept;
extern template std::span<const KernelTable<Bf16>* const> compiled_tables() noexcept;
extern template std::span<const KernelTable<Bf16Products>* const> compiled_tables() noexcept;
extern template std::span<const KernelTable<Int8>* const> compiled_tables() noexcept;
}  // namespace fliqe::inline FLIQE_ABI::kernels
#else
#include <fliqe/kernels/baseline_reduced.hpp>
#if FLIQE_HAS_AVX2
#include <fliqe/kernels/avx2_reduced.hpp>
#endif
#if FLIQE_HAS_AVX512
#include <fliqe/kernels/avx512_reduced.hpp>
#endif
#if FLIQE_HAS_AMX
#include <fliqe/kernels/amx.hpp>
#endif
#if FLIQE_HAS_NEON
#include <fliqe/kernels/neon_reduced.hpp>
#endif
#if FLIQE_HAS_DOTPROD
#include <fliqe/kernels/dotprod.hpp>
#endif
#if FLIQE_HAS_I8MM
#include <fliqe/kernels/arm_matrix.hpp>
#endif

namespace fliqe::inline FLIQE_ABI::kernels {

template <class Arithmetic>
std::span<const KernelTable<Arithmetic>* const> compiled_tables() noexcept {
  // In the order of Arithmetic::variants.
  static constexpr std::array tables = [] {
    constexpr bool is_int8 = std::is_same_v<Arithmetic, Int8>;
    constexpr bool is_bf16 = std::is_same_v<typename Arithmetic::Weight, bfloat16>;
    std::array<const KernelTable<Arithmetic>*, variants<Arithmetic>().size()> all{};
    std::size_t count = 0;
    all[count++] = &baseline::table<Arithmetic>;
#if FLIQE_HAS_AVX2
    all[count++] = &avx2::table<Arithmetic>;
    if constexpr (is_int8) all[count++] = &avx_vnni::table<Arithmetic>;
#endif
#if FLIQE_HAS_AVX512
    all[count++] = &avx512::table<Arithmetic>;
    if constexpr (is_bf16) all[count++] = &avx512_bf16::table<Arithmetic>;
    if constexpr (is_int8) all[count++] = &avx512_vnni::table<Arithmetic>;
#endif
#if FLIQE_HAS_AMX
    if constexpr (variants<Arithmetic>().back().uses_matrices) {
      all[count++] = &amx::table<Arithmetic>;
    }
#endif
#if FLIQE_HAS_NEON
    all[count++] = &neon::table<Arithmetic>;
#endif
#if FLIQE_HAS_DOTPROD
    if constexpr (is_int8) all[count++] = &dotprod::table<Arithmetic>;
#endif
#if FLIQE_HAS_I8MM
    if constexpr (is_int8) all[count++] = &i8mm::table<Arithmetic>;
#endif
#if FLIQE_HAS_BF16
    if constexpr (is_bf16) all[count++] = &arm_bf16::table<Arithmetic>;
#endif
    static_cast<void>(is_bf16 || is_int8);
    return all;
  }();
  return tables;
}

FLIQE_INLINE const VectorKernels& compiled_vector_kernels(Isa isa) noexcept {
#if FLIQE_HAS_AVX512
  if (isa >= Isa::avx512) return avx512::vector_kernels;
#endif
#if FLIQE_HAS_AVX2
  if (isa >= Isa::avx2) return avx2::vector_kernels;
#endif
#if FLIQE_HAS_NEON
  if (isa >= Isa::neon) return neon::vector_kernels;
#endif
  static_cast<void>(isa);
  return baseline::vector_kernels;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels
#endif
