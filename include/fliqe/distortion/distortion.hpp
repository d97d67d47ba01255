// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// What can be wrong with a thermal picture. The first nine are the classes that FLIQE was trained
/// on, in the order of its labels; up to `crop` come the others of the Python project; the last
/// ones are faults of thermal cameras.
enum class Distortion {
  clean,
  lens_blur,
  motion_blur,
  gaussian_noise,
  overexposure,
  underexposure,
  compression,
  ghosting,
  aliasing,
  blackout,
  color_distortion,
  glare,
  flicker,
  frame_freeze,
  obstruction,
  crop,
  column_noise,
  dead_pixels,
  vignetting,
  shutter
};

inline constexpr std::size_t trained_distortion_count = 9;

struct DistortionParameter {
  std::string_view name;
  double standard = 0, lowest = 0, highest = 0;
  bool whole = false;  ///< a whole number
};

struct DistortionInfo {
  Distortion kind;
  std::string_view name;  ///< as in the Python project where it has it
  std::string_view meaning;
  std::array<DistortionParameter, 2> parameters{};  ///< those with a name
};

/// Everything that there is, in the order of the enumeration.
inline constexpr std::array distortions{
    DistortionInfo{Distortion::clean, "Clean", "no change"},
    DistortionInfo{Distortion::lens_blur,
                   "LensBlur",
                   "Gaussian blur with a square kernel",
                   {{{"kernel", 11, 1, 99, true}}}},
    DistortionInfo{Distortion::motion_blur,
                   "MotionBlur",
                   "blur along a line",
                   {{{"length", 15, 1, 99, true}, {"angle", 45, -360, 360}}}},
    DistortionInfo{Distortion::gaussian_noise,
                   "GaussianNoise",
                   "independent noise in every pixel",
                   {{{"sigma", 25, 0, 255}}}},
    DistortionInfo{Distortion::overexposure,
                   "Overexposure",
                   "grey levels times a factor",
                   {{{"factor", 2.5, 1, 100}}}},
    DistortionInfo{Distortion::underexposure,
                   "Underexposure",
                   "grey levels times a factor",
                   {{{"factor", 0.3, 0, 1}}}},
    DistortionInfo{Distortion::compression,
                   "Compression",
                   "through a JPEG file and back",
                   {{{"quality", 5, 1, 100, true}}}},
    DistortionInfo{Distortion::ghosting,
                   "Ghosting",
                   "a second picture, moved to the right and around",
                   {{{"offset", 10, -1000, 1000, true}, {"alpha", 0.6, 0, 1}}}},
    DistortionInfo{Distortion::aliasing,
                   "Aliasing",
                   "nearest pixels of a smaller picture",
                   {{{"factor", 4, 1, 64, true}}}},
    DistortionInfo{Distortion::blackout, "Blackout", "black"},
    DistortionInfo{Distortion::color_distortion,
                   "ColorDistortion",
                   "hue turned (in steps of 2 degrees), saturation times a factor",
                   {{{"hue", 50, 0, 179, true}, {"saturation", 1.5, 0, 100}}}},
    DistortionInfo{Distortion::glare,
                   "Glare",
                   "a bright disc; its radius is a share of the width",
                   {{{"radius", 0.2, 0, 1}, {"strength", 0.5, 0, 1}}}},
    DistortionInfo{
        Distortion::flicker, "Flicker", "grey levels times a factor", {{{"factor", 1.8, 0, 100}}}},
    DistortionInfo{Distortion::frame_freeze, "FrameFreeze", "no change: shows in video only"},
    DistortionInfo{Distortion::obstruction,
                   "Obstruction",
                   "a grey rectangle in the middle; its sides are a share of the picture's",
                   {{{"level", 80, 0, 255, true}, {"share", 1.0 / 3, 0, 1}}}},
    DistortionInfo{Distortion::crop,
                   "Crop",
                   "the middle of the picture; its sides are a share of the picture's",
                   {{{"keep", 0.7, 0.01, 1}}}},
    DistortionInfo{Distortion::column_noise,
                   "ColumnNoise",
                   "fixed-pattern noise: an offset (and a gain) for each column",
                   {{{"sigma", 10, 0, 255}, {"gain", 0.02, 0, 1}}}},
    DistortionInfo{Distortion::dead_pixels,
                   "DeadPixels",
                   "a share of the pixels is black or white",
                   {{{"share", 0.01, 0, 1}}}},
    DistortionInfo{Distortion::vignetting,
                   "Vignetting",
                   "grey levels lost in the corners; negative: in the middle (narcissus)",
                   {{{"strength", 0.6, -1, 1}}}},
    DistortionInfo{Distortion::shutter,
                   "Shutter",
                   "the closed shutter of a flat-field correction: an even grey with some noise",
                   {{{"sigma", 2, 0, 255}}}},
};

constexpr const DistortionInfo& info(Distortion kind) noexcept {
  return distortions[static_cast<std::size_t>(kind)];
}

constexpr std::string_view to_string(Distortion kind) noexcept {
  return info(kind).name;
}

/// By its name, as it is written in `distortions`.
constexpr std::optional<Distortion> distortion_from_string(std::string_view name) noexcept {
  for (const DistortionInfo& each : distortions) {
    if (each.name == name) return each.kind;
  }
  return std::nullopt;
}

/// The nine classes that FLIQE was trained on, "Clean" among them.
constexpr std::span<const DistortionInfo> trained_distortions() noexcept {
  return std::span(distortions).first(trained_distortion_count);
}

/// A distortion with values for its parameters.
class DistortionSpec {
 public:
  /// With the standard values.
  explicit DistortionSpec(Distortion kind) : kind_(kind) {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = info(kind).parameters[i].standard;
  }

  /// @throws Error `invalid_argument` when there is no such parameter or the value is out of range
  DistortionSpec& set(std::string_view name, double value) {
    const DistortionInfo& all = info(kind_);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const DistortionParameter& parameter = all.parameters[i];
      if (name.empty() || parameter.name != name) continue;
      // Written so that NaN fails.
      if (!(value >= parameter.lowest && value <= parameter.highest) ||
          (parameter.whole && value != std::trunc(value))) {
        detail::raise(ErrorCode::invalid_argument,
                      {all.name, ": expected ", (parameter.whole ? "a whole " : ""), name, " from ",
                       std::to_string(parameter.lowest), " to ", std::to_string(parameter.highest),
                       ", found ", std::to_string(value)});
      }
      values_[i] = value;
      return *this;
    }
    detail::raise(ErrorCode::invalid_argument,
                  {all.name, ": expected ", parameter_names(), ", found '", name, "'"});
  }

  /// As the Python project does it, faults included: noise that wraps around instead of being
  /// clamped and differs between the channels of grey pictures.
  DistortionSpec& set_legacy(bool legacy) noexcept {
    legacy_ = legacy;
    return *this;
  }

  Distortion kind() const noexcept { return kind_; }
  bool legacy() const noexcept { return legacy_; }
  double value(std::size_t parameter) const noexcept { return values_[parameter]; }
  int whole(std::size_t parameter) const noexcept { return static_cast<int>(values_[parameter]); }

 private:
  std::string parameter_names() const {
    std::string names;
    for (const DistortionParameter& parameter : info(kind_).parameters) {
      if (!parameter.name.empty()) {
        names += (names.empty() ? "" : " or ") + std::string(parameter.name);
      }
    }
    return names.empty() ? "no parameters" : names;
  }

  Distortion kind_;
  std::array<double, 2> values_{};
  bool legacy_ = false;
};

}  // namespace fliqe::inline FLIQE_ABI
