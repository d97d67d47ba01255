// SPDX-License-Identifier: MIT
// Requests for an inference: the first line of the input is the length of the JSON.
#include <algorithm>

#include "fuzz/target.hpp"
#include "fuzz/text_lines.hpp"
#include "serve/kserve_request.hpp"

using namespace fliqe;
using fuzz::check;

namespace {

std::size_t bytes_of(const tools::KserveRequest& request) {
  std::size_t bytes = 0;
  for (const std::string_view picture : request.pictures) bytes += picture.size();
  return bytes;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [length, body] = fuzz::first_line({reinterpret_cast<const char*>(data), size});
  return fuzz::refused_or_read(data, size, [length = length, body = body](fuzz::Bytes) {
    const tools::KserveRequest request = tools::parse_kserve_request(body, length);
    check(!request.pictures.empty() && request.pictures.size() <= 256);
    check(request.decoded.empty() || request.decoded.size() == request.pictures.size());
    check(bytes_of(request) <= body.size());
    check(request.outputs.size() <= 2);
    for (const auto& output : request.outputs) {
      check(output.name == "quality" || output.name == "embedding");
    }
  });
}
