// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/image/sound_header.hpp>
#include <fliqe/image/stb.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// What a thermal sensor counts, 16 bits a pixel, rows without gaps.
struct RawFrame {
  int width = 0;
  int height = 0;
  std::vector<std::uint16_t> counts;

  const std::uint16_t* row(int y) const noexcept {
    return counts.data() + static_cast<std::ptrdiff_t>(y) * width;
  }
};

/// In pixels, both positive.
struct FrameSize {
  int width = 0;
  int height = 0;

  std::uint64_t count_bytes() const noexcept {
    return 2 * static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  }
};

/// The order of the two bytes of a count. Nothing: whichever gives the smoother picture.
using ByteOrder = std::optional<std::endian>;

namespace detail {

/// Mean difference between neighbours in a row, as the counts are and with their bytes swapped.
struct Roughness {
  double as_is = 0, swapped = 0;
};

inline std::uint16_t swapped_bytes(std::uint16_t count) noexcept {
  return static_cast<std::uint16_t>(count << 8 | count >> 8);
}

inline Roughness roughness(const RawFrame& frame) {
  Roughness result;
  for (int y = 0; y < frame.height; ++y) {
    const std::uint16_t* row = frame.row(y);
    for (int x = 1; x < frame.width; ++x) {
      result.as_is += std::abs(row[x] - row[x - 1]);
      result.swapped += std::abs(swapped_bytes(row[x]) - swapped_bytes(row[x - 1]));
    }
  }
  return result;
}

/// Many cameras write the bytes of a count in another order than their file's kind demands. Real
/// scenes are smooth: in the wrong order neighbours differ a hundred times as much.
inline void put_in_order(RawFrame& frame, std::endian assumed, ByteOrder wanted) {
  const Roughness rough = roughness(frame);
  const bool swap = wanted ? *wanted != assumed : rough.swapped < rough.as_is;
  if (!swap) return;
  for (std::uint16_t& count : frame.counts) count = swapped_bytes(count);
}

/// Counts that lie one after the other.
inline RawFrame counts_from(std::span<const std::byte> bytes, int width, int height,
                            std::endian order) {
  RawFrame frame{width, height, {}};
  frame.counts.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto first = std::to_integer<unsigned>(bytes[i]);
    const auto second = std::to_integer<unsigned>(bytes[i + 1]);
    frame.counts.push_back(static_cast<std::uint16_t>(
        order == std::endian::little ? first | second << 8 : first << 8 | second));
  }
  return frame;
}

inline bool is_png(std::span<const std::byte> bytes) noexcept {
  return as_text(bytes).starts_with("\x89PNG\r\n\x1a\n");
}

}  // namespace detail

/// A headerless picture ("Y16") of a known size. @param order  little-endian unless it is told
/// @throws Error `invalid_argument` when the size does not fit
inline RawFrame raw_frame_from(std::span<const std::byte> bytes, int width, int height,
                               const std::string& name, ByteOrder order = {}) {
  detail::require(width > 0 && height > 0, ErrorCode::invalid_argument,
                  {name, ": expected a positive width and height"});
  require_image_size(name, static_cast<std::size_t>(width), static_cast<std::size_t>(height));
  const std::size_t expected =
      2 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  detail::require(bytes.size() == expected, ErrorCode::invalid_argument,
                  {name, ": expected ", expected, " bytes for ", width, "x", height,
                   " counts of 16 bits, found ", bytes.size()});
  return detail::counts_from(bytes, width, height, order.value_or(std::endian::little));
}

/// Whether a PNG holds one grey channel of 16 bits.
inline bool is_gray16_png(std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t depth = 24, color_type = 25;
  return bytes.size() > color_type && detail::is_png(bytes) && bytes[depth] == std::byte{16} &&
         bytes[color_type] == std::byte{0};
}

/// @throws Error `unsupported_format` or `corrupt_file`
inline RawFrame decode_gray16_png(std::span<const std::byte> bytes, const std::string& name,
                                  std::size_t most_pixels = max_image_pixels) {
  namespace stb = detail::stb;
  detail::require(is_gray16_png(bytes) && bytes.size() <= 0x7fffffff, ErrorCode::unsupported_format,
                  {name, ": expected a grey PNG of 16 bits"});
  detail::require_sound_header(bytes, name);
  const auto* data = reinterpret_cast<const stb::stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  detail::require(stb::stbi_info_from_memory(data, size, &width, &height, &channels) != 0 &&
                      width > 0 && height > 0,
                  ErrorCode::corrupt_file, {name, ": the PNG's header is broken"});
  require_image_size(name, static_cast<std::size_t>(width), static_cast<std::size_t>(height),
                     bytes.size(), png_pixels_per_byte, most_pixels);
  struct Free {
    void operator()(stb::stbi_us* pixels) const noexcept { stb::stbi_image_free(pixels); }
  };
  const std::unique_ptr<stb::stbi_us, Free> pixels(
      stb::stbi_load_16_from_memory(data, size, &width, &height, &channels, 1));
  detail::require(pixels != nullptr, ErrorCode::corrupt_file, {name, ": cannot decode the PNG"});
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint16_t>(pixels.get(), pixels.get() + count)};
}

}  // namespace fliqe::inline FLIQE_ABI
