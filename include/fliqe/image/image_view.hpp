// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Order of the 8-bit channels in memory.
enum class PixelFormat { gray8, rgb8, bgr8, rgba8, bgra8 };

constexpr int channel_count(PixelFormat format) noexcept {
  switch (format) {
    case PixelFormat::gray8:
      return 1;
    case PixelFormat::rgb8:
    case PixelFormat::bgr8:
      return 3;
    case PixelFormat::rgba8:
    case PixelFormat::bgra8:
      return 4;
  }
  return 0;
}

/// A picture in somebody else's memory. Grey stands for three equal channels; alpha is dropped.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;              ///< pixels
  int height = 0;             ///< pixels
  std::ptrdiff_t stride = 0;  ///< bytes from one row to the next; may be negative
  PixelFormat format = PixelFormat::rgb8;

  const std::uint8_t* row(int y) const noexcept { return data + y * stride; }
};

namespace detail {

inline ImageView make_view(const void* data, int width, int height, std::ptrdiff_t stride,
                           PixelFormat format) noexcept {
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(width) * channel_count(format);
  return {static_cast<const std::uint8_t*>(data), width, height, stride == 0 ? row : stride,
          format};
}

/// @throws Error `invalid_argument` unless the view has pixels and rows that do not overlap
inline void require_pixels(const ImageView& image) {
  if (image.data == nullptr || image.width <= 0 || image.height <= 0) {
    detail::raise(ErrorCode::invalid_argument,
                  {"image: expected at least one pixel, found ", image.width, "x", image.height});
  }
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(image.width) * channel_count(image.format);
  const std::ptrdiff_t stride = image.stride < 0 ? -image.stride : image.stride;
  if (image.height > 1 && stride < row) {
    detail::raise(ErrorCode::invalid_argument,
                  {"image: expected a stride of at least ", row, " bytes, found ", image.stride});
  }
}

}  // namespace detail

/// Views of memory in the usual orders; `stride` 0 means rows without gaps.
inline ImageView gray(const void* data, int width, int height, std::ptrdiff_t stride = 0) noexcept {
  return detail::make_view(data, width, height, stride, PixelFormat::gray8);
}
inline ImageView rgb(const void* data, int width, int height, std::ptrdiff_t stride = 0) noexcept {
  return detail::make_view(data, width, height, stride, PixelFormat::rgb8);
}
inline ImageView bgr(const void* data, int width, int height, std::ptrdiff_t stride = 0) noexcept {
  return detail::make_view(data, width, height, stride, PixelFormat::bgr8);
}
inline ImageView rgba(const void* data, int width, int height, std::ptrdiff_t stride = 0) noexcept {
  return detail::make_view(data, width, height, stride, PixelFormat::rgba8);
}
inline ImageView bgra(const void* data, int width, int height, std::ptrdiff_t stride = 0) noexcept {
  return detail::make_view(data, width, height, stride, PixelFormat::bgra8);
}

/// A picture that owns its pixels, rows without gaps.
struct Image {
  int width = 0;
  int height = 0;
  PixelFormat format = PixelFormat::rgb8;
  std::vector<std::uint8_t> pixels;

  ImageView view() const noexcept {
    return detail::make_view(pixels.data(), width, height, 0, format);
  }
  operator ImageView() const noexcept { return view(); }
};

}  // namespace fliqe::inline FLIQE_ABI
