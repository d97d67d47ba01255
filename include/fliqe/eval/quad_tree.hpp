// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fliqe/version.hpp>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

using PlanePoint = std::array<double, 2>;

/// Points of the plane in squares that are cut in four (Barnes and Hut, 1986): from afar, all
/// points of a square act as one.
class QuadTree {
 public:
  explicit QuadTree(std::span<const PlanePoint> points) {
    nodes_.reserve(2 * points.size() + 1);
    nodes_.push_back(bounding_square(points));
    for (const PlanePoint& point : points) insert(point);
  }

  /// What all other points do to one of them in t-SNE.
  struct Repulsion {
    PlanePoint force{};  ///< sum of q^2 (point - other), q = 1 / (1 + squared distance)
    double sum = 0;      ///< of q
  };

  /// @param angle  how large a square may look, its side over its distance; 0 for an exact result
  Repulsion repulsion(const PlanePoint& point, double angle) const {
    Repulsion result;
    std::array<int, 3 * deepest + 4> waiting{};
    std::size_t count = 1;  // the root
    while (count > 0) {
      const Node& node = nodes_[static_cast<std::size_t>(waiting[--count])];
      const double dx = point[0] - node.mean[0], dy = point[1] - node.mean[1];
      const double squared = dx * dx + dy * dy;
      const bool is_far = 4 * node.half * node.half < angle * angle * squared;
      if (node.is_leaf() || is_far) {
        const double q = 1 / (1 + squared);
        result.sum += node.count * q;
        result.force[0] += node.count * q * q * dx;
        result.force[1] += node.count * q * q * dy;
        continue;
      }
      for (const int child : node.children) {
        if (child != 0) waiting[count++] = child;
      }
    }
    result.sum -= 1;  // the point itself
    return result;
  }

 private:
  /// Points that no cut has parted by then share a leaf.
  static constexpr int deepest = 48;

  struct Node {
    PlanePoint center{};
    double half = 0;  ///< of a side
    int depth = 0;
    PlanePoint mean{};  ///< of its points
    double count = 0;
    std::array<int, 4> children{};  ///< 0 where there is none

    bool is_leaf() const noexcept { return children == std::array<int, 4>{}; }
  };

  static Node bounding_square(std::span<const PlanePoint> points) {
    PlanePoint low = points.front(), high = low;
    for (const PlanePoint& point : points) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        low[axis] = std::min(low[axis], point[axis]);
        high[axis] = std::max(high[axis], point[axis]);
      }
    }
    Node root;
    root.center = {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2};
    root.half = std::max({high[0] - low[0], high[1] - low[1], 1e-12}) / 2;
    return root;
  }

  void insert(const PlanePoint& point) {
    std::size_t at = 0;
    while (true) {
      Node& node = nodes_[at];
      const bool was_empty = node.count == 0, is_leaf = node.is_leaf();
      const bool is_same = !was_empty && node.mean == point;
      const PlanePoint before = node.mean;
      const double others = node.count;
      node.count += 1;
      for (std::size_t axis = 0; axis < 2; ++axis) {
        node.mean[axis] =
            is_same ? point[axis] : before[axis] + (point[axis] - before[axis]) / node.count;
      }
      if (is_leaf && (was_empty || is_same || node.depth == deepest)) return;
      if (is_leaf) {
        // It held points at one place: they move down.
        Node& child = nodes_[child_of(at, before)];
        child.mean = before;
        child.count = others;
      }
      at = child_of(at, point);
    }
  }

  /// The quarter of a node where a point belongs; made if it is not there.
  std::size_t child_of(std::size_t at, const PlanePoint& point) {
    const Node parent = nodes_[at];
    const bool right = point[0] > parent.center[0], below = point[1] > parent.center[1];
    const std::size_t quarter = (right ? 1u : 0u) + (below ? 2u : 0u);
    if (parent.children[quarter] == 0) {
      Node child;
      child.half = parent.half / 2;
      child.depth = parent.depth + 1;
      child.center = {parent.center[0] + (right ? child.half : -child.half),
                      parent.center[1] + (below ? child.half : -child.half)};
      nodes_[at].children[quarter] = static_cast<int>(nodes_.size());
      nodes_.push_back(child);
    }
    return static_cast<std::size_t>(nodes_[at].children[quarter]);
  }

  std::vector<Node> nodes_;
};

}  // namespace fliqe::inline FLIQE_ABI::detail
