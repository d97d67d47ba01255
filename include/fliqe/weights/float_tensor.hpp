// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/number_formats.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::weights {

/// The elements of a stored tensor as binary32: in place when they are stored so and aligned, else
/// converted into memory of its own. F64 is rounded.
class FloatTensor {
 public:
  /// @throws Error `unsupported_format` when the elements are no floating point numbers
  explicit FloatTensor(const TensorEntry& entry) {
    const std::byte* bytes = entry.bytes.data();
    const std::size_t count = entry.bytes.size() / info(entry.dtype).size;
    const bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % alignof(float) == 0;
    if (entry.dtype == DType::f32 && aligned) {
      values_ = {reinterpret_cast<const float*>(bytes), count};
      return;
    }
    owned_.resize(count);
    values_ = owned_;
    switch (entry.dtype) {
      case DType::f32:
        std::memcpy(owned_.data(), bytes, entry.bytes.size());
        return;
      case DType::f16:
        convert<std::uint16_t>(bytes, half_to_float);
        return;
      case DType::bf16:
        convert<bfloat16>(bytes, [](bfloat16 value) { return to_float(value); });
        return;
      case DType::f64:
        convert<double>(bytes, [](double value) { return static_cast<float>(value); });
        return;
      default:
        detail::raise(ErrorCode::unsupported_format,
                      {"tensor '", entry.name, "': expected floating point elements, found ",
                       info(entry.dtype).name});
    }
  }

  /// Bytes of which each row (the first dimension) has a scale.
  /// @throws Error `weights_mismatch` when there is not one scale for each row
  FloatTensor(const TensorEntry& entry, std::span<const float> scales) {
    const std::size_t count = entry.bytes.size();
    if (entry.dtype != DType::i8 || scales.empty() || entry.shape.empty() ||
        static_cast<std::size_t>(entry.shape[0]) != scales.size()) {
      detail::raise(
          ErrorCode::weights_mismatch,
          {"tensor '", entry.name, "': expected I8 elements and a scale for each row, found ",
           info(entry.dtype).name, " of shape ", to_string(entry.shape), " and ", scales.size(),
           " scales"});
    }
    owned_.resize(count);
    values_ = owned_;
    const std::size_t row = count / scales.size();
    for (std::size_t i = 0; i < count; ++i) {
      owned_[i] = scales[i / row] * static_cast<float>(static_cast<std::int8_t>(entry.bytes[i]));
    }
  }

  FloatTensor(FloatTensor&&) = default;
  FloatTensor& operator=(FloatTensor&&) = default;

  std::span<const float> values() const noexcept { return values_; }
  operator std::span<const float>() const noexcept { return values_; }

 private:
  template <class Stored, class Convert>
  void convert(const std::byte* bytes, Convert to_float) {
    for (std::size_t i = 0; i < owned_.size(); ++i) {
      Stored stored;
      std::memcpy(&stored, bytes + i * sizeof(Stored), sizeof(Stored));
      owned_[i] = to_float(stored);
    }
  }

  std::vector<float> owned_;
  std::span<const float> values_;
};

/// The tensor of that name as binary32; bytes are multiplied by the scale of their row, which is in
/// a tensor of the same name and "_scale".
/// @throws Error `weights_mismatch` when there is no such tensor, and as FloatTensor does
inline FloatTensor float_tensor(const TensorSet& set, const std::string& name) {
  const TensorEntry& entry = set.at(name);
  if (entry.dtype != DType::i8) return FloatTensor(entry);
  return FloatTensor(entry, FloatTensor(set.at(name + "_scale")));
}

}  // namespace fliqe::inline FLIQE_ABI::weights
