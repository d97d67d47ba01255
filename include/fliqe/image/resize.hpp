// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fliqe/base/parallel.hpp>
#include <fliqe/image/image_view.hpp>
#include <vector>

namespace fliqe {
namespace detail {

/// Fixed-point weights of Pillow's antialiased BILINEAR filter along one axis
/// (src/libImaging/Resample.c: precompute_coeffs, normalize_coeffs_8bpc).
class ResampleAxis {
 public:
  static constexpr int precision_bits = 32 - 8 - 2;

  ResampleAxis(int in_size, int out_size) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0);
    const double support = filter_scale;  // the triangle reaches 1 on either side
    taps_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    first_.resize(static_cast<std::size_t>(out_size));
    count_.resize(static_cast<std::size_t>(out_size));
    weights_.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(taps_));
    std::vector<double> row(static_cast<std::size_t>(taps_));
    for (int out = 0; out < out_size; ++out) {
      // volatile: were products contracted into multiply-adds the weights would differ from
      // Pillow's.
      const volatile double center = (out + 0.5) * scale;
      const int begin = std::max(0, static_cast<int>(center - support + 0.5));
      const int end = std::min(in_size, static_cast<int>(center + support + 0.5));
      first_[static_cast<std::size_t>(out)] = begin;
      count_[static_cast<std::size_t>(out)] = end - begin;
      double sum = 0;
      for (int i = 0; i < end - begin; ++i) {
        const volatile double distance = (i + begin - center + 0.5) * (1.0 / filter_scale);
        const double weight = std::max(0.0, 1.0 - std::abs(distance));
        row[static_cast<std::size_t>(i)] = weight;
        sum += weight;
      }
      std::int32_t* fixed = weights_.data() + static_cast<std::ptrdiff_t>(out) * taps_;
      for (int i = 0; i < end - begin; ++i) {
        const double weight = row[static_cast<std::size_t>(i)] / (sum != 0 ? sum : 1.0);
        fixed[i] = static_cast<std::int32_t>(0.5 + weight * (1 << precision_bits));
      }
    }
  }

  int first(int out) const noexcept { return first_[static_cast<std::size_t>(out)]; }
  int count(int out) const noexcept { return count_[static_cast<std::size_t>(out)]; }
  const std::int32_t* weights(int out) const noexcept {
    return weights_.data() + static_cast<std::ptrdiff_t>(out) * taps_;
  }

 private:
  int taps_ = 0;
  std::vector<int> first_;
  std::vector<int> count_;
  std::vector<std::int32_t> weights_;
};

inline constexpr std::int32_t resample_half = 1 << (ResampleAxis::precision_bits - 1);

inline std::uint8_t resample_clip(std::int32_t sum) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> ResampleAxis::precision_bits, 0, 255));
}

}  // namespace detail

/// Resizes 8-bit pictures bit for bit as Pillow's `Image.resize(size, Image.BILINEAR)` does:
/// antialiased when shrinking, horizontal pass first, each pass rounded to 8 bits. Aspect is not
/// kept.
///
/// Keeps its tables and its scratch memory, so that a stream of equally large pictures allocates
/// nothing. One team at a time may use it.
class BilinearResizer {
 public:
  /// @throws Error `invalid_argument` unless both sizes are positive
  BilinearResizer(int out_width, int out_height)
      : out_width_(positive(out_width)), out_height_(positive(out_height)) {}

  /// Channels of the result: 1 for grey pictures, else 3, in the order R, G, B.
  static int channels(PixelFormat format) noexcept { return format == PixelFormat::gray8 ? 1 : 3; }

  /// Makes tables and scratch ready for `image`. Call it before run(), on one thread.
  /// @throws Error `invalid_argument` when the image has no pixels
  void prepare(const ImageView& image) {
    detail::require_pixels(image);
    if (image.width != in_width_) {
      horizontal_ = detail::ResampleAxis(image.width, out_width_);
      in_width_ = image.width;
    }
    if (image.height != in_height_) {
      vertical_ = detail::ResampleAxis(image.height, out_height_);
      in_height_ = image.height;
    }
    const std::size_t needed = static_cast<std::size_t>(image.height) *
                               static_cast<std::size_t>(out_width_ * channels(image.format));
    if (scratch_.size() < needed) scratch_.resize(needed);
  }

  /// Writes out_height x out_width x channels bytes without gaps. Every thread of `team` must call
  /// it.
  void run(const ImageView& image, std::uint8_t* output, const Team& team) {
    const Range in_rows = team.share(static_cast<std::size_t>(image.height));
    for (auto y = static_cast<int>(in_rows.begin); y < static_cast<int>(in_rows.end); ++y) {
      switch (image.format) {
        case PixelFormat::gray8:
          horizontal_gray(image, y);
          break;
        case PixelFormat::rgb8:
          horizontal_color<3, 0, 2>(image, y);
          break;
        case PixelFormat::bgr8:
          horizontal_color<3, 2, 0>(image, y);
          break;
        case PixelFormat::rgba8:
          horizontal_color<4, 0, 2>(image, y);
          break;
        case PixelFormat::bgra8:
          horizontal_color<4, 2, 0>(image, y);
          break;
      }
    }
    team.barrier();
    const int width = out_width_ * channels(image.format);
    const Range out_rows = team.share(static_cast<std::size_t>(out_height_));
    for (auto y = static_cast<int>(out_rows.begin); y < static_cast<int>(out_rows.end); ++y) {
      vertical_row(y, width, output + static_cast<std::ptrdiff_t>(y) * width);
    }
  }

 private:
  static int positive(int size) {
    detail::require(size > 0, ErrorCode::invalid_argument,
                    "resize: expected a positive size, found " + std::to_string(size));
    return size;
  }

  void horizontal_gray(const ImageView& image, int y) {
    const std::uint8_t* in = image.row(y);
    std::uint8_t* out = scratch_.data() + static_cast<std::ptrdiff_t>(y) * out_width_;
    for (int x = 0; x < out_width_; ++x) {
      const std::uint8_t* pixel = in + horizontal_.first(x);
      const std::int32_t* weight = horizontal_.weights(x);
      std::int32_t sum = detail::resample_half;
      for (int i = 0; i < horizontal_.count(x); ++i) sum += pixel[i] * weight[i];
      out[x] = detail::resample_clip(sum);
    }
  }

  /// `Red` and `Blue` are the places of these channels in a pixel of `Step` bytes.
  template <int Step, int Red, int Blue>
  void horizontal_color(const ImageView& image, int y) {
    const std::uint8_t* in = image.row(y);
    std::uint8_t* out = scratch_.data() + static_cast<std::ptrdiff_t>(y) * out_width_ * 3;
    for (int x = 0; x < out_width_; ++x) {
      const std::uint8_t* pixel = in + static_cast<std::ptrdiff_t>(horizontal_.first(x)) * Step;
      const std::int32_t* weight = horizontal_.weights(x);
      std::int32_t red = detail::resample_half, green = red, blue = red;
      for (int i = 0; i < horizontal_.count(x); ++i) {
        red += pixel[Red] * weight[i];
        green += pixel[1] * weight[i];
        blue += pixel[Blue] * weight[i];
        pixel += Step;
      }
      out[0] = detail::resample_clip(red);
      out[1] = detail::resample_clip(green);
      out[2] = detail::resample_clip(blue);
      out += 3;
    }
  }

  /// Stretches of constant length, which compilers turn into vector code.
  void vertical_row(int y, int width, std::uint8_t* out) const {
    constexpr int stretch = 32;
    const std::uint8_t* first =
        scratch_.data() + static_cast<std::ptrdiff_t>(vertical_.first(y)) * width;
    const std::int32_t* weight = vertical_.weights(y);
    if (width < stretch) {
      vertical_short_row(first, weight, vertical_.count(y), width, out);
      return;
    }
    for (int x = 0; x < width; x += stretch) {
      const int begin = std::min(x, width - stretch);
      std::int32_t sum[stretch];
      for (std::int32_t& value : sum) value = detail::resample_half;
      for (int i = 0; i < vertical_.count(y); ++i) {
        const std::uint8_t* in = first + static_cast<std::ptrdiff_t>(i) * width + begin;
        for (int lane = 0; lane < stretch; ++lane) sum[lane] += in[lane] * weight[i];
      }
      for (int lane = 0; lane < stretch; ++lane) {
        out[begin + lane] = detail::resample_clip(sum[lane]);
      }
    }
  }

  static void vertical_short_row(const std::uint8_t* in, const std::int32_t* weight, int count,
                                 int width, std::uint8_t* out) {
    for (int x = 0; x < width; ++x) {
      std::int32_t sum = detail::resample_half;
      for (int i = 0; i < count; ++i) {
        sum += in[static_cast<std::ptrdiff_t>(i) * width + x] * weight[i];
      }
      out[x] = detail::resample_clip(sum);
    }
  }

  int out_width_;
  int out_height_;
  int in_width_ = 1;
  int in_height_ = 1;
  detail::ResampleAxis horizontal_{1, out_width_};
  detail::ResampleAxis vertical_{1, out_height_};
  std::vector<std::uint8_t> scratch_;
};

/// Resizes one picture; grey stays grey, everything else becomes RGB.
inline Image resize_bilinear(const ImageView& image, int width, int height, int threads = 1) {
  BilinearResizer resizer(width, height);
  resizer.prepare(image);
  const int channels = BilinearResizer::channels(image.format);
  Image result{width, height, channels == 1 ? PixelFormat::gray8 : PixelFormat::rgb8, {}};
  result.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                       static_cast<std::size_t>(channels));
  parallel(resolve_thread_count(threads),
           [&](const Team& team) { resizer.run(image, result.pixels.data(), team); });
  return result;
}

}  // namespace fliqe
