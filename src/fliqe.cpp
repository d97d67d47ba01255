// SPDX-License-Identifier: MIT
/// @file
/// Everything in fliqe.hpp that is no template, compiled once: the library fliqe::compiled, for
/// projects that include fliqe in many sources.
#define FLIQE_INLINE
#include <fliqe/fliqe.hpp>

namespace fliqe::inline FLIQE_ABI {

namespace kernels {
template std::span<const KernelTable<F32>* const> compiled_tables() noexcept;
template std::span<const KernelTable<Bf16>* const> compiled_tables() noexcept;
template std::span<const KernelTable<Bf16Products>* const> compiled_tables() noexcept;
template std::span<const KernelTable<Int8>* const> compiled_tables() noexcept;
}  // namespace kernels

namespace model {
template void build_steps<kernels::F32>(Network&, const BuildOptions&);
template void build_steps<kernels::Bf16>(Network&, const BuildOptions&);
template void build_steps<kernels::Int8>(Network&, const BuildOptions&);
}  // namespace model

}  // namespace fliqe::inline FLIQE_ABI
