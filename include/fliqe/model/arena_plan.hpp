// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/base/tensor.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Places the tensors of a network in one stretch of memory (a slab) per image, so that tensors
/// which are never alive at the same time share it.
///
/// Tensors with a halo keep their place for themselves: nobody else writes there, so a halo that is
/// zero at the start stays zero and costs nothing per image. Those of equal shape are one.
class ArenaPlan {
 public:
  using Id = std::size_t;

  /// A tensor of elements of `element_size` bytes that is first written at `step`.
  Id add(const TensorLayout& layout, std::size_t element_size, int step) {
    if (layout.halo > 0) {
      for (Id id = 0; id < buffers_.size(); ++id) {
        const TensorLayout& other = buffers_[id].layout;
        if (other.halo == layout.halo && other.shape == layout.shape &&
            other.pixel_stride == layout.pixel_stride && buffers_[id].element_size == element_size)
          return id;
      }
    }
    buffers_.push_back({layout, element_size, step, step, 0});
    return buffers_.size() - 1;
  }

  /// The tensor is read at `step`.
  void use(Id id, int step) { buffers_[id].last = std::max(buffers_[id].last, step); }

  /// Chooses all places: large tensors first, each at the lowest place that is free for its
  /// lifetime.
  void assign() {
    std::vector<Id> order(buffers_.size());
    for (Id id = 0; id < order.size(); ++id) order[id] = id;
    std::stable_sort(order.begin(), order.end(),
                     [&](Id a, Id b) { return buffers_[a].bytes() > buffers_[b].bytes(); });
    std::vector<Id> placed;
    for (const Id id : order) {
      Buffer& buffer = buffers_[id];
      buffer.begin = lowest_place(buffer, placed);
      size_ = std::max(size_, buffer.begin + buffer.bytes());
      placed.push_back(id);
    }
    for (Buffer& buffer : buffers_) {
      buffer.layout.image_stride = static_cast<std::ptrdiff_t>(size_ / buffer.element_size);
    }
  }

  /// Bytes that one image needs; valid after assign().
  std::size_t slab_size() const noexcept { return size_; }
  /// Bytes from the start of the slab.
  std::size_t offset(Id id) const noexcept { return buffers_[id].begin; }
  /// With the slab as the distance between images after assign().
  const TensorLayout& layout(Id id) const noexcept { return buffers_[id].layout; }

 private:
  struct Buffer {
    TensorLayout layout;
    std::size_t element_size;
    int first;
    int last;
    std::size_t begin;

    bool overlaps_in_time(const Buffer& other) const noexcept {
      if (layout.halo > 0 || other.layout.halo > 0) return true;
      return first <= other.last && other.first <= last;
    }

    /// Whole cache lines, so that no two tensors share one.
    std::size_t bytes() const noexcept {
      constexpr std::size_t line = 64;
      return (layout.image_size() * element_size + line - 1) / line * line;
    }
  };

  std::size_t lowest_place(const Buffer& buffer, std::vector<Id> placed) const {
    std::sort(placed.begin(), placed.end(),
              [&](Id a, Id b) { return buffers_[a].begin < buffers_[b].begin; });
    std::size_t place = 0;
    for (const Id id : placed) {
      const Buffer& other = buffers_[id];
      if (!buffer.overlaps_in_time(other)) continue;
      if (place + buffer.bytes() <= other.begin) break;
      place = std::max(place, other.begin + other.bytes());
    }
    return place;
  }

  std::vector<Buffer> buffers_;
  std::size_t size_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::model
