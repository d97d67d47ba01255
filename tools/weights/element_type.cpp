// SPDX-License-Identifier: MIT
#include "weights/element_type.hpp"

#include <cmath>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/number_formats.hpp>
#include <utility>
#include <vector>

namespace fliqe::tools {
namespace {

using weights::DType;
using weights::TensorEntry;

DType stored_type(const TensorEntry& tensor, DType wanted) {
  if (!weights::is_floating_point(tensor.dtype)) return tensor.dtype;
  const bool stem = tensor.shape.size() == 4 && tensor.shape[1] == 3;
  return tensor.shape.size() < 2 || stem ? DType::f32 : wanted;
}

std::uint16_t to_bfloat16_bits(float value) {
  return to_bfloat16(value).bits;
}
float from_bfloat16_bits(std::uint16_t bits) {
  return to_float(bfloat16{bits});
}

template <class Narrow, class Widen>
std::vector<std::uint16_t> narrowed(const TensorEntry& tensor, std::span<const float> values,
                                    DType dtype, Narrow narrow, Widen widen) {
  std::vector<std::uint16_t> result;
  result.reserve(values.size());
  for (const float value : values) {
    result.push_back(narrow(value));
    require(!std::isfinite(value) || std::isfinite(widen(result.back())), ErrorCode::non_finite,
            "tensor '" + tensor.name + "': " + std::to_string(value) + " does not fit " +
                std::string(weights::info(dtype).name));
  }
  return result;
}

TensorEntry converted(const TensorEntry& tensor, DType dtype) {
  const weights::FloatTensor floats(tensor);
  const std::span<const float> values = floats.values();
  if (dtype == DType::f32) {
    return make_tensor(tensor.name, dtype, tensor.shape,
                       std::vector<float>(values.begin(), values.end()));
  }
  return make_tensor(
      tensor.name, dtype, tensor.shape,
      dtype == DType::f16
          ? narrowed(tensor, values, dtype, weights::float_to_half, weights::half_to_float)
          : narrowed(tensor, values, dtype, to_bfloat16_bits, from_bfloat16_bits));
}

}  // namespace

weights::TensorSet with_element_type(const weights::TensorSet& source, DType dtype) {
  weights::TensorSet result = source;
  for (const TensorEntry& tensor : source.tensors()) {
    const DType stored = stored_type(tensor, dtype);
    if (stored != tensor.dtype) result.set(converted(tensor, stored));
  }
  return result;
}

}  // namespace fliqe::tools
