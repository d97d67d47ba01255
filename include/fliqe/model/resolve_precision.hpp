// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/kernels/arithmetic.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <optional>
#include <string>

namespace fliqe::inline FLIQE_ABI::model {

/// Metadata of a weights file: by how much bfloat16 changes the quality of pictures, on average and
/// at most. `fliqe convert --images` measures it.
inline constexpr const char* bf16_mean_key = "bf16_quality_difference_mean";
inline constexpr const char* bf16_max_key = "bf16_quality_difference_max";

/// Whether the weights file records that bfloat16 changes scores by at most 0.003 on average and
/// 0.03 in any picture.
inline bool bf16_keeps_scores(const weights::TensorSet& file) {
  const auto within = [&](const char* key, double limit) {
    double value = 0;
    const std::string text = file.metadata(key).value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= limit;
  };
  return within(bf16_mean_key, 0.003) && within(bf16_max_key, 0.03);
}

/// Whether the kernels for `isa` multiply bfloat16 by instructions made for it.
inline bool has_bf16_instructions(Isa isa) {
  const std::size_t fastest = kernels::fastest_variant<kernels::Bf16>(isa);
  return kernels::variants<kernels::Bf16>()[fastest].has_instructions();
}

/// The precision that a network of these weights computes in: the only place that decides it.
/// @param has_bf16  has_bf16_instructions() of the instruction set in use
/// @throws Error `no_such_capability` for int8 unless the weights are quantized
inline PrecisionKind resolve_precision(PrecisionChoice choice, const weights::TensorSet& file,
                                       bool is_quantized, bool has_bf16) {
  if (choice.kind() == PrecisionKind::int8 && !is_quantized) {
    detail::raise(ErrorCode::no_such_capability,
                  {file.name(),
                   ": int8 needs weights in bytes and the scales of activations; `fliqe "
                   "quantize` makes such a file from yours and some pictures"});
  }
  if (choice.kind()) return *choice.kind();
  if (is_quantized) return PrecisionKind::int8;
  const bool takes_bf16 = choice.is_automatic() && has_bf16 && bf16_keeps_scores(file);
  return takes_bf16 ? PrecisionKind::bf16 : PrecisionKind::f32;
}

}  // namespace fliqe::inline FLIQE_ABI::model
