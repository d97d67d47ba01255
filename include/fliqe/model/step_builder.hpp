// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/header_only.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI {

namespace kernels {
struct F32;
struct Bf16;
struct Int8;
}  // namespace kernels

namespace weights {
class TensorSet;
}

namespace model {

class Network;

/// What the steps of a network are built from; the weights have been checked.
struct BuildOptions {
  const weights::TensorSet& tensors;
  Isa isa;
  int threads;  ///< used while packing the weights
  bool parity;
};

/// Builds the steps of a network that computes in `Arithmetic`: kernels::F32, Bf16 or Int8.
/// Compiles the kernels of these and no others.
template <class Arithmetic>
void build_steps(Network& network, const BuildOptions& options);

using StepBuilder = void (*)(Network& network, const BuildOptions& options);

/// The builder for `kind`, which must be that of `Precision` unless that is AnyPrecision.
template <PrecisionTag Precision>
StepBuilder step_builder(PrecisionKind kind) {
  if constexpr (std::same_as<Precision, f32>) {
    return &build_steps<kernels::F32>;
  } else if constexpr (std::same_as<Precision, bf16>) {
    return &build_steps<kernels::Bf16>;
  } else if constexpr (std::same_as<Precision, int8>) {
    return &build_steps<kernels::Int8>;
  } else if (kind == PrecisionKind::f32) {
    return step_builder<f32>(kind);
  } else {
    return kind == PrecisionKind::bf16 ? step_builder<bf16>(kind) : step_builder<int8>(kind);
  }
}

#if !FLIQE_HEADER_ONLY
extern template void build_steps<kernels::F32>(Network&, const BuildOptions&);
extern template void build_steps<kernels::Bf16>(Network&, const BuildOptions&);
extern template void build_steps<kernels::Int8>(Network&, const BuildOptions&);
#endif

}  // namespace model
}  // namespace fliqe::inline FLIQE_ABI
