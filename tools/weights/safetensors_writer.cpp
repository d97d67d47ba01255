// SPDX-License-Identifier: MIT
#include "weights/safetensors_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "io/output.hpp"

namespace fliqe::tools {
namespace {

std::string_view as_text(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

}  // namespace

std::string serialize_safetensors(const weights::TensorSet& tensors) {
  std::vector<const weights::TensorEntry*> order;
  for (const weights::TensorEntry& tensor : tensors.tensors()) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::ranges::greater{}, [](const weights::TensorEntry* tensor) {
    return weights::info(tensor->dtype).size;
  });

  nlohmann::ordered_json header;
  header["__metadata__"] = tensors.metadata();
  std::size_t offset = 0;
  for (const weights::TensorEntry* tensor : order) {
    header[tensor->name] = {{"dtype", weights::info(tensor->dtype).name},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, offset + tensor->bytes.size()}}};
    offset += tensor->bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data is aligned in a mapped file

  const auto header_size = static_cast<std::uint64_t>(text.size());
  std::string file;
  file.reserve(sizeof(header_size) + text.size() + offset);
  file.append(as_text(&header_size, sizeof(header_size)));
  file.append(text);
  for (const weights::TensorEntry* tensor : order) {
    file.append(as_text(tensor->bytes.data(), tensor->bytes.size()));
  }
  return file;
}

void write_safetensors(const std::string& path, const weights::TensorSet& tensors) {
  write_file(path, serialize_safetensors(tensors));
}

}  // namespace fliqe::tools
