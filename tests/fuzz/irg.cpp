// SPDX-License-Identifier: MIT
#include <fliqe/thermal/decode_thermal.hpp>

#include "fuzz/thermal_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fliqe::fuzz::Bytes;
  fliqe::fuzz::refused_or_whole(
      data, size, [](Bytes bytes) { return fliqe::decode_irg(bytes, "x.irg", std::endian::big); });
  return fliqe::fuzz::refused_or_whole(
      data, size, [](Bytes bytes) { return fliqe::decode_thermal(bytes, "x.irg"); });
}
