// SPDX-License-Identifier: MIT
#include "pictures/picture.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "images/decode.hpp"
#include "images/jpeg_ls.hpp"
#include "images/tiff.hpp"

namespace fliqe::tools {
namespace {

bool is_headerless(const std::string& name) {
  constexpr std::array<std::string_view, 4> extensions{".raw", ".y16", ".gray16", ".bin"};
  return std::ranges::find(extensions, std::filesystem::path(name).extension().string()) !=
         extensions.end();
}

ByteOrder byte_order(const ThermalOptions& options) {
  if (options.byte_order == "le") return std::endian::little;
  if (options.byte_order == "be") return std::endian::big;
  return std::nullopt;
}

/// Files that are neither rendered nor of 8 bits.
bool has_only_counts(std::span<const std::byte> bytes, const std::string& name) {
  return is_fff(bytes) || is_irg(bytes) || is_gray16_png(bytes) || is_gray16_tiff(bytes) ||
         is_headerless(name);
}

/// The size that the user gives, nothing when none or no size is given.
std::optional<FrameSize> given_size(const ThermalOptions& options) {
  FrameSize size;
  char rest = 0;
  const int read =
      std::sscanf(options.raw_size.c_str(), "%dx%d%c", &size.width, &size.height, &rest);
  if (read != 2 || size.width <= 0 || size.height <= 0) return std::nullopt;
  return size;
}

RawFrame jpeg_ls(std::span<const std::byte> bytes, const std::string& name) {
  return decode_jpeg_ls(bytes, name);
}

RawFrame headerless(std::span<const std::byte> bytes, const std::string& name,
                    const ThermalOptions& options) {
  const std::optional<FrameSize> size = given_size(options);
  require(size.has_value(), ErrorCode::invalid_argument,
          name + ": a file without a header needs --raw-size WIDTHxHEIGHT, found '" +
              options.raw_size + "'");
  return raw_frame_from(bytes, size->width, size->height, name, byte_order(options));
}

}  // namespace

void ThermalOptions::add_options(CLI::App& command) {
  const auto check_agc = [](const std::string& text) -> std::string {
    try {
      agc_from_string(text);
      return {};
    } catch (const Error& error) {
      return error.what();
    }
  };
  command
      .add_option("--agc", agc,
                  "how 16-bit counts become grey levels: linear[:PERCENT], minmax,\n"
                  "plateau[:PIXELS], clahe[:LIMIT], span:LOW:HIGH (in C), upper")
      ->check(check_agc)
      ->capture_default_str();
  command.add_option("--byte-order", byte_order, "of 16-bit counts: auto (the smoother), le, be")
      ->check(CLI::IsMember({"auto", "le", "be"}));
  command.add_option("--raw-size", raw_size,
                     "WIDTHxHEIGHT of files without a header (.raw, .y16, .gray16, .bin), and\n"
                     "of counts whose size the file does not tell");
  command.add_option("--frame", frame, "of a SEQ or CSQ file, or page of a TIFF, from 0");
  command
      .add_option("--kelvin-per-count", kelvin_per_count,
                  "for counts that are linear in kelvin, where the file does not say so,\nsuch as "
                  "0.01 or 0.04")
      ->check(CLI::Range(0.0, 10.0));
}

void ThermalOptions::add_source_option(CLI::App& command) {
  command
      .add_option("--source", source,
                  "of a radiometric JPEG: the camera's rendered picture, or the raw counts")
      ->check(CLI::IsMember({"rendered", "raw"}))
      ->capture_default_str();
}

ThermalFrame decode_counts(std::span<const std::byte> bytes, const std::string& name,
                           const ThermalOptions& options) {
  ThermalFrame frame;
  if (is_gray16_png(bytes)) {
    frame.raw = decode_gray16_png(bytes, name, options.most_pixels);
    if (const ByteOrder order = byte_order(options)) {
      detail::put_in_order(frame.raw, std::endian::big, order);
    }
  } else if (is_tiff(bytes)) {
    TiffPages pages(bytes, name, options.most_pixels);
    pages.go_to(options.frame);
    frame.raw = pages.counts();
  } else if (is_headerless(name)) {
    frame.raw = headerless(bytes, name, options);
  } else {
    return decode_thermal(bytes, name,
                          {byte_order(options), options.frame, given_size(options), jpeg_ls});
  }
  return frame;
}

std::optional<TemperatureScale> temperature_scale(const ThermalFrame& frame,
                                                  const ThermalOptions& options) {
  if (options.kelvin_per_count > 0) return TemperatureScale::linear(options.kelvin_per_count);
  if (frame.radiometry) return TemperatureScale(*frame.radiometry);
  if (const double step = kelvin_per_count(frame.unit); step > 0) {
    return TemperatureScale::linear(step);
  }
  return std::nullopt;
}

Picture decode_picture(std::span<const std::byte> bytes, const std::string& name,
                       const ThermalOptions& options) {
  const bool wants_raw = options.source == "raw" && detail::is_jpeg(bytes);
  if (wants_raw || has_only_counts(bytes, name)) {
    const ThermalFrame frame = decode_counts(bytes, name, options);
    const std::optional<TemperatureScale> scale = temperature_scale(frame, options);
    const AgcSpec agc = agc_from_string(options.agc);
    return {apply_agc(frame.raw, agc, scale ? &*scale : nullptr), to_string(agc)};
  }
  if (is_tiff(bytes)) {
    TiffPages pages(bytes, name, options.most_pixels);
    pages.go_to(options.frame);
    return {pages.colors()};
  }
  return {decode(bytes, name, options.most_pixels)};
}

}  // namespace fliqe::tools
