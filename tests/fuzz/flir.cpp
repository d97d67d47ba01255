// SPDX-License-Identifier: MIT
#include <fliqe/thermal/agc.hpp>
#include <fliqe/thermal/flir.hpp>

#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fliqe::fuzz::refused_or_read(data, size, [](fliqe::fuzz::Bytes bytes) {
    static_cast<void>(fliqe::fff_frames(bytes));
    const fliqe::ThermalFrame frame = fliqe::decode_flir(bytes, "x.jpg");
    if (frame.raw.counts.size() < 100'000) static_cast<void>(fliqe::apply_agc(frame.raw, {}));
    if (frame.radiometry) {
      static_cast<void>(fliqe::TemperatureScale(*frame.radiometry).celsius(12345));
    }
  });
}
