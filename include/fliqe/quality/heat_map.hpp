// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/header_only.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <functional>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// What a heat map shows of each place.
enum class HeatMapKind {
  patches,   ///< the quality of a picture that repeats the place, mirrored at its edges so that
             ///< its scale stays: in [0, 1], low where it looks bad
  occlusion  ///< by how much the logit of "distorted" falls when the place is covered: high where
             ///< it speaks for "distorted" (Zeiler and Fergus, "Visualizing and Understanding
             ///< Convolutional Networks", 2014)
};

struct HeatMapOptions {
  HeatMapKind kind = HeatMapKind::patches;
  int columns = 12, rows = 12;  ///< cells, 1 to 64 each
  int window = 3;               ///< cells on each side of what is cut out or covered
};

/// A value for each cell, row by row. Neither kind is what the network was trained for: it knows
/// whole pictures only. A place repeated has lost its surroundings; a cover is itself an edge that
/// was not there.
struct HeatMap {
  HeatMapOptions options;
  Assessment whole;  ///< of the whole picture
  std::vector<double> values;

  double at(int column, int row) const {
    return values[static_cast<std::size_t>(row * options.columns + column)];
  }
};

namespace detail {

using AssessFunction = std::function<void(std::span<const ImageView>, std::span<Assessment>)>;

HeatMap heat_map(const AssessFunction& assess, const InputSpec& input, Isa isa,
                 const ImageView& image, const HeatMapOptions& options);

}  // namespace detail

/// Where in a picture the quality is low, by scoring many parts or covered copies of it in batches.
/// @param model  FLIQE of any backbone and precision
/// @throws Error `invalid_argument` for an empty picture or options out of range,
///         `no_such_capability` without a binary head
template <class Model>
HeatMap heat_map(const Model& model, const ImageView& image, const HeatMapOptions& options = {}) {
  const auto assess = [&](std::span<const ImageView> images, std::span<Assessment> results) {
    model.assess(images, results);
  };
  return detail::heat_map(assess, model.spec().input, model.isa(), image, options);
}

}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/quality/heat_map_impl.hpp>
#endif
