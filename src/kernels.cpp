// SPDX-License-Identifier: MIT
/// @file
/// All kernels and what builds a network of them, compiled once: the library fliqe::kernels, for
/// projects that include fliqe in many sources.
#define FLIQE_INLINE
#include <fliqe/model/network_builder.hpp>

namespace fliqe::inline FLIQE_ABI {

namespace kernels {
template std::span<const KernelTable<F32>* const> compiled_tables() noexcept;
template std::span<const KernelTable<Bf16>* const> compiled_tables() noexcept;
template std::span<const KernelTable<Int8>* const> compiled_tables() noexcept;
}  // namespace kernels

namespace model {
template void build_steps<kernels::F32>(Network&, const BuildOptions&);
template void build_steps<kernels::Bf16>(Network&, const BuildOptions&);
template void build_steps<kernels::Int8>(Network&, const BuildOptions&);
}  // namespace model

}  // namespace fliqe::inline FLIQE_ABI
