// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/base/checked_multiply.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI::weights {

/// Element types of stored tensors, those that safetensors and PyTorch share.
enum class DType { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64 };

struct DTypeInfo {
  DType dtype;
  std::string_view name;  ///< as in safetensors
  std::size_t size;       ///< bytes
};

inline constexpr DTypeInfo dtypes[] = {
    {DType::boolean, "BOOL", 1}, {DType::u8, "U8", 1},     {DType::i8, "I8", 1},
    {DType::i16, "I16", 2},      {DType::i32, "I32", 4},   {DType::i64, "I64", 8},
    {DType::f16, "F16", 2},      {DType::bf16, "BF16", 2}, {DType::f32, "F32", 4},
    {DType::f64, "F64", 8},
};

constexpr const DTypeInfo& info(DType dtype) noexcept {
  return dtypes[static_cast<std::size_t>(dtype)];
}

constexpr bool is_floating_point(DType dtype) noexcept {
  return dtype >= DType::f16;
}

constexpr std::optional<DType> dtype_from_name(std::string_view name) noexcept {
  for (const DTypeInfo& entry : dtypes) {
    if (entry.name == name) return entry.dtype;
  }
  return std::nullopt;
}

using Shape = std::vector<std::int64_t>;

inline std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

/// Number of elements; nothing for a negative size or one that does not fit.
inline std::optional<std::size_t> element_count(const Shape& shape) noexcept {
  std::optional<std::size_t> count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    count = checked_multiply(*count, static_cast<std::uint64_t>(size));
    if (!count) return std::nullopt;
  }
  return count;
}

/// A named tensor: little-endian, row-major bytes.
struct TensorEntry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner = nullptr;  ///< keeps `bytes` alive; null: the caller does
};

}  // namespace fliqe::inline FLIQE_ABI::weights
