// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// Extent of a batch of images, channels innermost (NHWC).
struct TensorShape {
  int n = 1;
  int h = 1;
  int w = 1;
  int c = 1;

  bool operator==(const TensorShape&) const = default;

  std::size_t elements() const noexcept {
    return static_cast<std::size_t>(n) * static_cast<std::size_t>(h) * static_cast<std::size_t>(w) *
           static_cast<std::size_t>(c);
  }
};

inline std::string to_string(const TensorShape& shape) {
  return std::to_string(shape.n) + "x" + std::to_string(shape.h) + "x" + std::to_string(shape.w) +
         "x" + std::to_string(shape.c);
}

/// Where the elements of an NHWC tensor lie; strides count elements. Around each image there may be
/// a `halo` of pixels that hold zeros, so that a padded convolution needs no border code.
struct TensorLayout {
  TensorShape shape;
  int halo = 0;
  std::ptrdiff_t pixel_stride = 0;
  std::ptrdiff_t row_stride = 0;
  std::ptrdiff_t image_stride = 0;

  /// Pixels one after the other; `pixel_stride` 0 means `shape.c`.
  static TensorLayout packed(TensorShape shape, int halo = 0, std::ptrdiff_t pixel_stride = 0) {
    TensorLayout layout;
    layout.shape = shape;
    layout.halo = halo;
    layout.pixel_stride = pixel_stride == 0 ? shape.c : pixel_stride;
    layout.row_stride = layout.pixel_stride * (shape.w + 2 * halo);
    layout.image_stride = layout.row_stride * (shape.h + 2 * halo);
    return layout;
  }

  /// A distance between pixels of `channels` elements at which a kernel may read many of them at
  /// once: a multiple of 2 KiB apart they would fall into few sets of the first-level cache.
  static int spread_stride(int channels, int element_size = sizeof(float)) noexcept {
    const bool crowds = channels * element_size % crowded_bytes == 0;
    return crowds ? channels + cache_line_bytes / element_size : channels;
  }

  /// The layout that convolutions read fastest: crowding pixels are spread by a line. A 3x3 window
  /// wants its pixels joined, though, unless they are as far as 4 KiB apart.
  /// @param reader_stride  of the 3x3 convolution that reads a tensor with a halo
  static TensorLayout spread(TensorShape shape, int halo = 0, int reader_stride = 1,
                             int element_size = sizeof(float)) {
    int pixel_stride = shape.c;
    if (halo > 0) {
      const bool crowds = shape.c * reader_stride * element_size % (2 * crowded_bytes) == 0;
      if (crowds) pixel_stride += cache_line_bytes / element_size;
    } else if (shape.h > 1) {
      pixel_stride = spread_stride(shape.c, element_size);
    }
    return packed(shape, halo, pixel_stride);
  }

  /// Floats that one image spans, halo included.
  std::size_t image_size() const noexcept {
    return static_cast<std::size_t>(row_stride) * static_cast<std::size_t>(shape.h + 2 * halo);
  }

  /// Offset of pixel (y, x) of the first image; both may reach into the halo.
  std::ptrdiff_t offset(int y, int x) const noexcept {
    return (y + halo) * row_stride + (x + halo) * pixel_stride;
  }

  /// No gap between the last pixel of a row and the first of the next.
  bool rows_are_contiguous() const noexcept { return row_stride == pixel_stride * shape.w; }

 private:
  static constexpr int crowded_bytes = 2048, cache_line_bytes = 64;
};

/// Non-owning view of a tensor; `data` is the first float of the first image's halo.
template <class T>
struct BasicTensorView {
  T* data = nullptr;
  TensorLayout layout;

  const TensorShape& shape() const noexcept { return layout.shape; }

  T* pixel(int image, int y, int x) const noexcept {
    return data + image * layout.image_stride + layout.offset(y, x);
  }

  operator BasicTensorView<const T>() const noexcept { return {data, layout}; }
};

using TensorView = BasicTensorView<float>;
using ConstTensorView = BasicTensorView<const float>;

/// Owning NHWC tensor, zero-initialised (so its halo is ready for padded convolutions).
template <class T>
class BasicTensor {
 public:
  BasicTensor() = default;
  explicit BasicTensor(TensorShape shape, int halo = 0)
      : BasicTensor(with_layout(TensorLayout::packed(shape, halo))) {}

  static BasicTensor with_layout(const TensorLayout& layout) {
    BasicTensor tensor;
    tensor.layout_ = layout;
    tensor.data_ = AlignedBuffer<T>::zeroed(static_cast<std::size_t>(layout.image_stride) *
                                            static_cast<std::size_t>(layout.shape.n));
    return tensor;
  }

  const TensorShape& shape() const noexcept { return layout_.shape; }
  T* data() noexcept { return data_.data(); }
  const T* data() const noexcept { return data_.data(); }

  BasicTensorView<T> view() noexcept { return {data_.data(), layout_}; }
  BasicTensorView<const T> view() const noexcept { return {data_.data(), layout_}; }
  operator BasicTensorView<T>() noexcept { return view(); }
  operator BasicTensorView<const T>() const noexcept { return view(); }

 private:
  TensorLayout layout_;
  AlignedBuffer<T> data_;
};

using Tensor = BasicTensor<float>;

namespace detail {

/// Throws unless `found` equals `expected`; `what` names the tensor.
inline void require_shape(const char* what, const TensorShape& found, const TensorShape& expected) {
  if (found == expected) return;
  raise(ErrorCode::invalid_argument,
        {what, ": expected shape ", to_string(expected), " (NHWC), found ", to_string(found)});
}

}  // namespace detail
}  // namespace fliqe::inline FLIQE_ABI
