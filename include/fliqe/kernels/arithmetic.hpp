// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/base/cpu.hpp>
#include <fliqe/version.hpp>
#include <iterator>
#include <span>
#include <string_view>

namespace fliqe::inline FLIQE_ABI::kernels {

/// One implementation of an arithmetic. Describes it without naming its kernels, so that asking
/// about an arithmetic compiles nothing of it.
struct KernelVariant {
  std::string_view name{};
  Isa isa = Isa::baseline;
  /// Instructions made for this arithmetic that the processor needs besides `isa`; null: none.
  bool CpuFeatures::*instructions = nullptr;
  /// Sums are in matrix registers, for which few long runs are best.
  bool uses_matrices = false;

  bool has_instructions() const noexcept { return instructions != nullptr || uses_matrices; }

  /// Whether this host can use it when it may use `allowed`.
  bool is_usable(Isa allowed) const {
    return isa <= allowed && is_supported(isa) &&
           (instructions == nullptr || cpu_features().*instructions);
  }
};

/// 32-bit floating point:
///
///   output = relu(bias + residual + weights * windows)
///
/// Each output is one chain of multiply-adds in the order (tap, depth) that starts from bias +
/// residual, so its bits depend on neither the tile shape, nor the batch, nor the thread.
struct F32 {
  using Element = float;
  using Weight = float;
  using Output = float;
  using Products = F32;           ///< multiplies what Winograd's method has transformed
  static constexpr int word = 1;  ///< elements in 4 bytes
  /// Partial sums can be kept in the output between two calls.
  static constexpr bool supports_partial_sums = true;
  /// Input channels must be a multiple of `word`, output channels of this.
  static constexpr int output_multiple = 1;
  /// Weights per output, in bytes, up to which the widest blocks are fastest on x86-64; measured.
  static constexpr std::size_t small_k_bytes = 1024;

  /// The output channel, in a block of `vectors` vectors of `width` sums, that is computed in lane
  /// `lane` of vector `vector`.
  static constexpr int channel_of_lane(int, int width, int vector, int lane) {
    return vector * width + lane;
  }

  static constexpr KernelVariant variants[] = {
      {"portable"},
#if FLIQE_HAS_AVX2
      {"avx2", Isa::avx2},
#endif
#if FLIQE_HAS_AVX512
      {"avx512", Isa::avx512},
#endif
#if FLIQE_HAS_NEON
      {"neon", Isa::neon},
#endif
  };
};

struct Bf16Products;

/// bfloat16 with 32-bit floating point sums:
///
///   output = relu(scale * (weights * windows) + bias + residual), rounded to nearest even
///
/// Batch normalization is part of `scale` and `bias`, so that weights stored in bfloat16 are used
/// unchanged.
struct Bf16 {
  using Element = bfloat16;
  using Weight = bfloat16;
  using Output = bfloat16;
  using Products = Bf16Products;
  static constexpr int word = 2;
  static constexpr bool supports_partial_sums = false;
  static constexpr int output_multiple = 16;
  static constexpr std::size_t small_k_bytes = 512;

  static constexpr int channel_of_lane(int, int width, int vector, int lane) {
    return vector * width + lane;
  }

  static constexpr KernelVariant variants[] = {
      {"portable"},
#if FLIQE_HAS_AVX2
      {"avx2", Isa::avx2},
#endif
#if FLIQE_HAS_AVX512
      {"avx512", Isa::avx512},
      {"avx512_bf16", Isa::avx512, &CpuFeatures::avx512_bf16},
#endif
#if FLIQE_HAS_AMX
      {"amx", Isa::amx, nullptr, true},
#endif
#if FLIQE_HAS_NEON
      {"neon", Isa::neon},
#endif
#if FLIQE_HAS_BF16
      {"bf16", Isa::bf16, &CpuFeatures::arm_bf16},
#endif
  };
};

/// As Bf16, but the sums are written as they are: the products in the middle of Winograd's method.
/// Not on matrix registers, which multiply so fast that its transforms do not pay.
///
///   output = weights * windows
struct Bf16Products : Bf16 {
  using Output = float;
  static constexpr std::span<const KernelVariant> variants{
      Bf16::variants, std::size(Bf16::variants) - (FLIQE_HAS_AMX ? 1 : 0)};
};

/// Unsigned bytes times signed bytes with exact 32-bit sums. A byte stands for
/// scale * (byte - zero point), a weight for scale * weight;
///
///   output = round(scale * (weights * windows) + bias + residual_scale * residual)
///
/// clamped to a byte. Zero points, the scales of all tensors, bias and batch normalization are part
/// of `scale` and `bias`. The bits depend on the inputs only, not even on the instruction set.
struct Int8 {
  using Element = std::uint8_t;
  using Weight = std::int8_t;
  using Output = std::uint8_t;
  static constexpr int word = 4;
  static constexpr bool supports_partial_sums = false;
  static constexpr int output_multiple = 16;
  static constexpr std::size_t small_k_bytes = 512;

  /// Registers of 32-bit sums pack to bytes in this order without a permutation: 4 lanes of each
  /// vector in turn.
  static constexpr int channel_of_lane(int vectors, int, int vector, int lane) {
    return lane / 4 * 4 * vectors + 4 * vector + lane % 4;
  }

  static constexpr KernelVariant variants[] = {
      {"portable"},
#if FLIQE_HAS_AVX2
      {"avx2", Isa::avx2},
      {"avx_vnni", Isa::avx2, &CpuFeatures::avx_vnni},
#endif
#if FLIQE_HAS_AVX512
      {"avx512", Isa::avx512},
      {"avx512_vnni", Isa::avx512, &CpuFeatures::avx512_vnni},
#endif
#if FLIQE_HAS_AMX
      {"amx", Isa::amx, nullptr, true},
#endif
#if FLIQE_HAS_NEON
      {"neon", Isa::neon},
#endif
#if FLIQE_HAS_DOTPROD
      {"dotprod", Isa::dotprod, &CpuFeatures::arm_dotprod},
#endif
#if FLIQE_HAS_I8MM
      {"i8mm", Isa::i8mm, &CpuFeatures::arm_i8mm},
#endif
  };
};

/// An arithmetic in which Winograd's method can multiply what it has transformed.
template <class Type>
concept WinogradProducts = std::same_as<typename Type::Products, Type>;

/// The implementations of an arithmetic for the processor's family, slowest first.
template <class Arithmetic>
constexpr std::span<const KernelVariant> variants() noexcept {
  return Arithmetic::variants;
}

/// Index of the fastest that this host can use when it may use `isa`.
template <class Arithmetic>
std::size_t fastest_variant(Isa isa) {
  constexpr auto all = variants<Arithmetic>();
  std::size_t index = all.size() - 1;
  while (!all[index].is_usable(isa)) --index;
  return index;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels
