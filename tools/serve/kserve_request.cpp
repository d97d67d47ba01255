// SPDX-License-Identifier: MIT
#include "serve/kserve_request.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/base64.hpp"
#include "io/json_text.hpp"
#include "serve/scoring_queue.hpp"

namespace fliqe::tools {
namespace {

constexpr std::size_t most_pictures = ScoringJob::most_items;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

/// Splits the JSON from the binary data after it.
std::pair<std::string_view, std::string_view> parts_of(std::string_view body,
                                                       std::string_view length) {
  if (length.empty()) return {body, {}};
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), size);
  if (error != std::errc() || end != length.data() + length.size() || size > body.size()) {
    fail("Inference-Header-Content-Length: expected a length within the body, found '" +
         std::string(length) + "'");
  }
  return {body.substr(0, size), body.substr(size)};
}

void add_picture(std::string_view bytes, std::vector<std::string_view>& pictures) {
  if (pictures.size() == most_pictures) {
    fail("input 'image': expected at most " + std::to_string(most_pictures) + " pictures");
  }
  pictures.push_back(bytes);
}

/// Each element of a BYTES tensor has its length before it, as four bytes, the lowest first.
std::vector<std::string_view> elements_of(std::string_view data) {
  std::vector<std::string_view> elements;
  while (!data.empty()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(4, data.size()); ++i) {
      size |= static_cast<std::size_t>(static_cast<unsigned char>(data[i])) << (8 * i);
    }
    if (data.size() < 4 || size > data.size() - 4) {
      fail("input 'image': an element is longer than the data");
    }
    add_picture(data.substr(4, size), elements);
    data.remove_prefix(4 + size);
  }
  return elements;
}

/// Base64, in a list of one level or more, of which parse_json() lets few through.
void add_base64(const Json& data, std::vector<std::string_view>& texts) {
  for (const Json& each : data) {
    if (each.is_array()) {
      add_base64(each, texts);
    } else {
      if (!each.is_string()) fail("input 'image': expected Base64, found " + excerpt(each));
      add_picture(each.get_ref<const std::string&>(), texts);
    }
  }
}

std::vector<std::string> decoded_base64(const Json& data) {
  if (!data.is_array()) fail("input 'image': expected an array of Base64, found " + excerpt(data));
  std::vector<std::string_view> texts;
  add_base64(data, texts);
  std::vector<std::string> decoded;
  for (const std::string_view text : texts) {
    auto bytes = base64_decoded(text);
    if (!bytes) fail("input 'image': expected Base64");
    decoded.push_back(std::move(*bytes));
  }
  return decoded;
}

/// A member, or nothing.
const Json* member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

const Json& required(const Json& json, const char* name, const std::string& place) {
  const Json* found = member(json, name);
  if (found == nullptr) fail(place + ": expected '" + name + "', found none");
  return *found;
}

const Json* parameter(const Json& json, const char* name) {
  const Json* parameters = member(json, "parameters");
  return parameters == nullptr ? nullptr : member(*parameters, name);
}

bool flag(const Json& json, const char* name, bool otherwise) {
  const Json* value = parameter(json, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail(std::string(name) + ": expected true or false");
  return value->get<bool>();
}

void add_output(const Json& json, bool is_binary, KserveRequest& request) {
  const Json& name = required(json, "name", "outputs");
  if (name != "quality" && name != "embedding") {
    fail("output " + excerpt(name) + ": expected quality or embedding");
  }
  const auto is_same = [&](const KserveOutput& output) { return name == output.name; };
  if (std::ranges::any_of(request.outputs, is_same)) {
    fail("output " + excerpt(name) + ": expected once, found twice");
  }
  request.outputs.push_back({name.get<std::string>(), flag(json, "binary_data", is_binary)});
}

void read_outputs(const Json& json, KserveRequest& request) {
  const bool is_binary = flag(json, "binary_data_output", false);
  const Json* outputs = member(json, "outputs");
  if (outputs == nullptr) {
    request.outputs = {{"quality", is_binary}};
    return;
  }
  if (!outputs->is_array()) fail("outputs: expected an array, found " + excerpt(*outputs));
  for (const Json& output : *outputs) add_output(output, is_binary, request);
}

/// Whether a shape has so many elements.
bool has_elements(const Json& shape, std::size_t expected) {
  std::size_t count = 1;
  for (const Json& size : shape) {
    if (!size.is_number_unsigned())
      fail("input 'image': expected a shape, found " + excerpt(shape));
    const auto factor = size.get<std::size_t>();
    if (factor > most_pictures) return false;
    count = std::min(count * factor, most_pictures + 1);
  }
  return count == expected;
}

void read_pictures(const Json& input, std::string_view binary, KserveRequest& request) {
  const Json* size = parameter(input, "binary_data_size");
  if (size != nullptr) {
    if (*size != binary.size()) {
      fail("input 'image': expected a binary_data_size of " + std::to_string(binary.size()) +
           ", which follow the JSON, found " + excerpt(*size));
    }
    request.pictures = elements_of(binary);
  } else {
    request.decoded = decoded_base64(required(input, "data", "input 'image'"));
    request.pictures.assign(request.decoded.begin(), request.decoded.end());
  }
}

void read_input(const Json& json, std::string_view binary, KserveRequest& request) {
  const Json& inputs = required(json, "inputs", "body");
  if (!inputs.is_array() || inputs.size() != 1 ||
      required(inputs[0], "name", "inputs") != "image") {
    fail("inputs: expected one, named 'image'");
  }
  const Json& input = inputs[0];
  const Json& type = required(input, "datatype", "input 'image'");
  if (type != "BYTES") fail("input 'image': expected datatype BYTES, found " + excerpt(type));
  read_pictures(input, binary, request);
  const Json& shape = required(input, "shape", "input 'image'");
  if (request.pictures.empty() || !shape.is_array() ||
      !has_elements(shape, request.pictures.size())) {
    fail("input 'image': expected as many pictures as its shape says, found " +
         std::to_string(request.pictures.size()));
  }
}

}  // namespace

KserveRequest parse_kserve_request(std::string_view body, std::string_view length) {
  const auto [text, binary] = parts_of(body, length);
  const Json json = parse_json(text, "body");
  KserveRequest request;
  if (const Json* id = member(json, "id")) {
    if (!id->is_string()) fail("id: expected words, found " + excerpt(*id));
    request.id = id->get<std::string>();
  }
  read_outputs(json, request);
  read_input(json, binary, request);
  return request;
}

}  // namespace fliqe::tools
