// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

inline constexpr double celsius_zero = 273.15;  ///< in kelvin

/// What a FLIR camera records about its sensor and about the scene. Temperatures in kelvin.
struct Radiometry {
  /// Planck's law with a camera's own constants: counts of a black body at T are
  /// r1 / (r2 (exp(b / T) - f)) - o.
  double r1 = 0, r2 = 0, b = 0, f = 1, o = 0;

  double emissivity = 1;
  double distance = 0;  ///< metres
  double reflected_temperature = 293.15;
  double atmosphere_temperature = 293.15;
  double window_temperature = 293.15;
  double window_transmission = 1;
  double relative_humidity = 0.5;  ///< 0 ... 1
  /// Of the atmosphere's transmission.
  double alpha1 = 0.006569, alpha2 = 0.01262, beta1 = -0.002276, beta2 = -0.00667, x = 1.9;

  bool is_valid() const noexcept {
    // Written so that NaN fails.
    return r1 > 0 && r2 > 0 && b > 0 && f > -10 && f < 10 && std::isfinite(o) && emissivity > 0 &&
           emissivity <= 1 && distance >= 0 && std::isfinite(distance) &&
           reflected_temperature > 0 && atmosphere_temperature > 0 && window_temperature > 0 &&
           window_transmission > 0 && window_transmission <= 1 && relative_humidity >= 0 &&
           relative_humidity <= 1 && std::isfinite(alpha1 + alpha2 + beta1 + beta2 + x);
  }
};

/// The temperature of every count.
///
/// The camera sees the object, what the object reflects, the air on both sides of a window and the
/// window itself; what is left of the count after all but the object are taken off goes through
/// Planck's law backwards. Formulas: Minkina and Dudzik, "Infrared Thermography: Errors and
/// Uncertainties" (2009), as the R package Thermimage (raw2temp) applies them to FLIR files.
class TemperatureScale {
 public:
  /// @throws Error `invalid_argument` when a value makes no sense
  explicit TemperatureScale(const Radiometry& scene) {
    detail::require(scene.is_valid(), ErrorCode::invalid_argument,
                    "radiometry: expected positive Planck constants and temperatures, emissivity "
                    "and transmission in (0, 1], humidity in [0, 1]");
    const double air = transmission(scene);
    const double through = scene.emissivity * air * scene.window_transmission;
    const auto blackbody = [&](double kelvin) {
      return scene.r1 / (scene.r2 * (std::exp(scene.b / kelvin) - scene.f)) - scene.o;
    };
    const double atmosphere = blackbody(scene.atmosphere_temperature);
    const double other =
        (1 - scene.emissivity) / scene.emissivity * blackbody(scene.reflected_temperature) +
        (1 - air) / (scene.emissivity * air) * atmosphere +
        (1 - scene.window_transmission) / through * blackbody(scene.window_temperature) +
        (1 - air) / (through * air) * atmosphere;
    fill([&](double count) {
      const double object = count / (through * air) - other;
      return scene.b / std::log(scene.r1 / (scene.r2 * (object + scene.o)) + scene.f) -
             celsius_zero;
    });
  }

  /// Counts that grow with the temperature, as from cameras with linear output:
  /// kelvin = kelvin_per_count * count. @throws Error `invalid_argument`
  static TemperatureScale linear(double kelvin_per_count) {
    detail::require(kelvin_per_count > 0 && kelvin_per_count <= 10, ErrorCode::invalid_argument,
                    "linear temperatures: expected more than 0 and at most 10 kelvin a count");
    TemperatureScale scale;
    scale.fill([&](double count) { return kelvin_per_count * count - celsius_zero; });
    return scale;
  }

  /// In degrees Celsius; NaN where the model gives none.
  double celsius(std::uint16_t count) const noexcept { return celsius_[count]; }

 private:
  TemperatureScale() = default;

  template <class Model>
  void fill(const Model& model) {
    celsius_.resize(std::numeric_limits<std::uint16_t>::max() + std::size_t{1});
    for (std::size_t count = 0; count < celsius_.size(); ++count) {
      const double celsius = model(static_cast<double>(count));
      const bool is_physical = std::isfinite(celsius) && celsius > -celsius_zero;
      celsius_[count] = is_physical ? celsius : std::numeric_limits<double>::quiet_NaN();
    }
  }

  /// Of the air on one side of the window, which stands in the middle.
  static double transmission(const Radiometry& scene) {
    const double t = scene.atmosphere_temperature - celsius_zero;
    const double water =
        scene.relative_humidity *
        std::exp(1.5587 + 0.06939 * t - 0.00027816 * t * t + 6.8455e-7 * t * t * t);
    const double way = std::sqrt(scene.distance / 2), vapour = std::sqrt(water);
    return scene.x * std::exp(-way * (scene.alpha1 + scene.beta1 * vapour)) +
           (1 - scene.x) * std::exp(-way * (scene.alpha2 + scene.beta2 * vapour));
  }

  std::vector<double> celsius_;
};

}  // namespace fliqe::inline FLIQE_ABI
