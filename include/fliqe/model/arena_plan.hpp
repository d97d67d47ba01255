// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/base/tensor.hpp>
#include <fliqe/version.hpp>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Places the tensors of a network in one stretch of memory (a slab) per image, so that tensors
/// which are never alive at the same time share it.
///
/// A tensor with a halo shares its place only with tensors of the same layout: nothing else is
/// written there, so a halo that is zero at the start stays zero and costs nothing per image.
class ArenaPlan {
 public:
  using Id = std::size_t;

  /// A tensor of elements of `element_size` bytes that is first written at `step`.
  Id add(const TensorLayout& layout, std::size_t element_size, int step) {
    const Id id = buffers_.size();
    buffers_.push_back({layout, element_size, step, step, 0, id});
    return id;
  }

  /// The tensor is read at `step`.
  void use(Id id, int step) { buffers_[id].last = std::max(buffers_[id].last, step); }

  /// Chooses all places: large tensors first, each at the lowest place that is free for its
  /// lifetime.
  void assign() {
    std::vector<Id> order;
    for (Id id = 0; id < buffers_.size(); ++id) {
      buffers_[id].owner = owner_of(id);
      if (buffers_[id].owner == id) order.push_back(id);
    }
    std::ranges::sort(order, {}, [&](Id id) {
      return std::pair(-static_cast<std::ptrdiff_t>(buffers_[id].bytes()), id);
    });
    const auto begin_of = [&](Id id) { return buffers_[id].begin; };
    std::vector<Id> placed;  // in the order of their places
    for (const Id id : order) {
      Buffer& buffer = buffers_[id];
      buffer.begin = lowest_place(buffer, placed);
      size_ = std::max(size_, buffer.begin + buffer.bytes());
      placed.insert(std::ranges::upper_bound(placed, buffer.begin, {}, begin_of), id);
    }
    for (Buffer& buffer : buffers_) {
      buffer.begin = buffers_[buffer.owner].begin;
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
    Id owner;  ///< of the place: the buffer itself, or an earlier one with the same halo

    bool overlaps_in_time(const Buffer& other) const noexcept {
      return first <= other.last && other.first <= last;
    }

    bool has_layout_of(const Buffer& other) const noexcept {
      return layout.halo == other.layout.halo && layout.shape == other.layout.shape &&
             layout.pixel_stride == other.layout.pixel_stride && element_size == other.element_size;
    }

    /// Whole cache lines, so that no two tensors share one.
    std::size_t bytes() const noexcept {
      constexpr std::size_t line = 64;
      return (layout.image_size() * element_size + line - 1) / line * line;
    }
  };

  /// The first buffer whose place a tensor with a halo can take, or the tensor itself.
  Id owner_of(Id id) const {
    const Buffer& buffer = buffers_[id];
    for (Id owner = 0; owner < id && buffer.layout.halo > 0; ++owner) {
      if (buffers_[owner].owner != owner || !buffers_[owner].has_layout_of(buffer)) continue;
      const bool is_free = std::none_of(
          buffers_.begin(), buffers_.begin() + static_cast<std::ptrdiff_t>(id),
          [&](const Buffer& each) { return each.owner == owner && each.overlaps_in_time(buffer); });
      if (is_free) return owner;
    }
    return id;
  }

  std::size_t lowest_place(const Buffer& buffer, const std::vector<Id>& placed) const {
    std::size_t place = 0;
    for (const Id id : placed) {
      const Buffer& other = buffers_[id];
      const bool has_halo = buffer.layout.halo > 0 || other.layout.halo > 0;
      if (!has_halo && !buffer.overlaps_in_time(other)) continue;
      if (place + buffer.bytes() <= other.begin) break;
      place = std::max(place, other.begin + other.bytes());
    }
    return place;
  }

  std::vector<Buffer> buffers_;
  std::size_t size_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::model
