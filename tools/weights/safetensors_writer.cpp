// SPDX-License-Identifier: MIT
#include "weights/safetensors_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/number_formats.hpp>
#include <nlohmann/json.hpp>
#include <string_view>

#include "support/output.hpp"

namespace fliqe::tools {
namespace {

using weights::DType;
using weights::TensorEntry;

DType stored_type(const TensorEntry& tensor, DType wanted) {
  if (!weights::is_floating_point(tensor.dtype)) return tensor.dtype;
  const bool stem = tensor.shape.size() == 4 && tensor.shape[1] == 3;
  return tensor.shape.size() < 2 || stem ? DType::f32 : wanted;
}

std::string_view as_text(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
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
    detail::require(!std::isfinite(value) || std::isfinite(widen(result.back())),
                    ErrorCode::non_finite,
                    "tensor '" + tensor.name + "': " + std::to_string(value) + " does not fit " +
                        std::string(weights::info(dtype).name));
  }
  return result;
}

void append(std::string& file, const TensorEntry& tensor, DType dtype) {
  if (dtype == tensor.dtype) {
    file.append(as_text(tensor.bytes.data(), tensor.bytes.size()));
    return;
  }
  const weights::FloatTensor converted(tensor);
  const std::span<const float> values = converted.values();
  if (dtype == DType::f32) {
    file.append(as_text(values.data(), values.size_bytes()));
    return;
  }
  const std::vector<std::uint16_t> words =
      dtype == DType::f16
          ? narrowed(tensor, values, dtype, weights::float_to_half, weights::half_to_float)
          : narrowed(tensor, values, dtype, to_bfloat16_bits, from_bfloat16_bits);
  file.append(as_text(words.data(), words.size() * sizeof(std::uint16_t)));
}

}  // namespace

std::string serialize_safetensors(const std::vector<TensorEntry>& tensors, DType dtype,
                                  const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorEntry*> order;
  for (const TensorEntry& tensor : tensors) order.push_back(&tensor);
  const auto element_size = [&](const TensorEntry* tensor) {
    return weights::info(stored_type(*tensor, dtype)).size;
  };
  std::stable_sort(order.begin(), order.end(), [&](const TensorEntry* a, const TensorEntry* b) {
    return element_size(a) > element_size(b);
  });

  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const TensorEntry* tensor : order) {
    const std::size_t size = *weights::element_count(tensor->shape) * element_size(tensor);
    header[tensor->name] = {{"dtype", weights::info(stored_type(*tensor, dtype)).name},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data is aligned in a mapped file

  const auto header_size = static_cast<std::uint64_t>(text.size());
  std::string file;
  file.reserve(sizeof(header_size) + text.size() + offset);
  file.append(as_text(&header_size, sizeof(header_size)));
  file.append(text);
  for (const TensorEntry* tensor : order) append(file, *tensor, stored_type(*tensor, dtype));
  return file;
}

void write_safetensors(const std::string& path, const std::vector<TensorEntry>& tensors,
                       DType dtype, const std::map<std::string, std::string>& metadata) {
  write_file(path, serialize_safetensors(tensors, dtype, metadata));
}

}  // namespace fliqe::tools
