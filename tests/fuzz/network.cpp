// SPDX-License-Identifier: MIT
// Descriptions of networks. What could be read must come back when it is written and read again.
#include <cstdlib>
#include <fliqe/model/network_json.hpp>
#include <fliqe/model/operations.hpp>

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const fliqe::NetworkSpec spec = fliqe::network_from_json(text, "x.json");
    if (!(fliqe::network_from_json(to_json(spec), "written") == spec)) std::abort();
    static_cast<void>(fliqe::model::OperationList::of(spec, fliqe::model::ModelKind::full));
  });
}
