// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/thermal/agc.hpp>
#include <fliqe/thermal/decode_thermal.hpp>
#include <optional>
#include <span>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// How the user wants thermal files to be read.
struct ThermalOptions {
  std::string agc = "linear:1";
  std::string source = "rendered";             ///< of a radiometric JPEG: "rendered" or "raw"
  std::string byte_order = "auto";             ///< "auto", "le" or "be"
  std::string raw_size{};                      ///< "WIDTHxHEIGHT" where the file does not tell
  std::size_t frame = 0;                       ///< of a SEQ file, or page of a TIFF
  double kelvin_per_count = 0;                 ///< of linear files without constants; 0: unknown
  std::size_t most_pixels = max_image_pixels;  ///< larger pictures are refused

  /// Adds --agc, --byte-order, --raw-size, --frame and --kelvin-per-count to a command.
  void add_options(CLI::App& command);
  /// Adds --source.
  void add_source_option(CLI::App& command);
};

/// A picture in 8 bits.
struct Picture {
  Image image;
  std::string agc{};  ///< what made it from counts; empty when the file holds 8 bits
};

/// The counts of a camera's file (decode_thermal() names the formats), a grey PNG or TIFF of 16
/// bits, or a headerless file (.raw, .y16, .gray16, .bin) of the given size. @throws Error
ThermalFrame decode_counts(std::span<const std::byte> bytes, const std::string& name,
                           const ThermalOptions& options);

/// Temperatures, where the file or the user gives what it takes.
std::optional<TemperatureScale> temperature_scale(const ThermalFrame& frame,
                                                  const ThermalOptions& options);

/// Any picture, thermal or not. @throws Error
Picture decode_picture(std::span<const std::byte> bytes, const std::string& name,
                       const ThermalOptions& options);

}  // namespace fliqe::tools
