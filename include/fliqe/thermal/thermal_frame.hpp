// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/thermal/radiometry.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// What a count stands for, where a format defines it: a fraction of a kelvin from absolute zero.
/// Such temperatures are the camera's, which may have corrected them for emissivity or not.
enum class CountsUnit { unknown, kelvin_64th, kelvin_16th, kelvin_10th };

constexpr std::string_view to_string(CountsUnit unit) noexcept {
  switch (unit) {
    case CountsUnit::kelvin_64th:
      return "K/64";
    case CountsUnit::kelvin_16th:
      return "K/16";
    case CountsUnit::kelvin_10th:
      return "K/10";
    case CountsUnit::unknown:
      break;
  }
  return "unknown";
}

/// 0 where the unit is unknown.
constexpr double kelvin_per_count(CountsUnit unit) noexcept {
  switch (unit) {
    case CountsUnit::kelvin_64th:
      return 1.0 / 64;
    case CountsUnit::kelvin_16th:
      return 1.0 / 16;
    case CountsUnit::kelvin_10th:
      return 1.0 / 10;
    case CountsUnit::unknown:
      break;
  }
  return 0;
}

/// A frame with what its file tells about it.
struct ThermalFrame {
  RawFrame raw;
  std::optional<Radiometry> radiometry{};  ///< where the file holds the constants
  std::string camera{};                    ///< model, empty where the file does not tell
  std::string container{};                 ///< the format, such as "FLIR" or "DJI R-JPEG"
  CountsUnit unit = CountsUnit::unknown;
};

}  // namespace fliqe::inline FLIQE_ABI
