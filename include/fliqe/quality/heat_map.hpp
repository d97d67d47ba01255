// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/header_only.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/quality/options.hpp>
#include <fliqe/version.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  Assessment whole;        ///< of the whole picture; default for a class
  std::string class_name;  ///< empty: the map is of the quality
  double probability = 0;  ///< of the class, of the whole picture
  std::vector<double> values;

  double at(int column, int row) const {
    return values[static_cast<std::size_t>(row * options.columns + column)];
  }
};

namespace detail {

/// What a map may show of a picture.
struct Measured {
  double level = 0;  ///< in [0, 1]
  double logit = 0;
};

using MeasureFunction = std::function<void(std::span<const ImageView>, std::span<Measured>)>;

/// A map of `measure`, with neither `HeatMap::whole` nor a class.
/// @param whole  what is measured of the whole picture
HeatMap heat_map(const MeasureFunction& measure, const Measured& whole, const InputSpec& input,
                 Isa isa, const ImageView& image, const HeatMapOptions& options);

/// The place of a class. @throws Error `invalid_argument` naming all that there are
std::size_t class_index(std::span<const std::string> classes, std::string_view name);

/// Of the odds, kept finite.
double logit_of(double probability);

}  // namespace detail

/// Where in a picture the quality is low, by scoring many parts or covered copies of it in batches.
/// @param model  FLIQE of any backbone and precision
/// @throws Error `invalid_argument` for an empty picture or options out of range,
///         `no_such_capability` without a binary head
template <class Model>
HeatMap heat_map(const Model& model, const ImageView& image, const HeatMapOptions& options = {}) {
  const auto measured = [](const Assessment& each) {
    return detail::Measured{each.quality, static_cast<double>(each.logit)};
  };
  std::vector<Assessment> found;
  const auto measure = [&](std::span<const ImageView> images, std::span<detail::Measured> results) {
    found.resize(images.size());
    model.assess(images, found);
    std::ranges::transform(found, results.begin(), measured);
  };
  Assessment whole = model.assess(image);
  HeatMap map =
      detail::heat_map(measure, measured(whole), model.spec().input, model.isa(), image, options);
  map.whole = std::move(whole);
  return map;
}

/// Where in a picture a class shows: with `patches` its probability in each place, with
/// `occlusion` by how much its log-odds fall when the place is covered.
/// @param name  of model.classes()
/// @throws Error `invalid_argument` for an empty picture, an unknown class or options out of range,
///         `no_such_capability` without a head
template <class Model>
HeatMap class_heat_map(const Model& model, const ImageView& image, std::string_view name,
                       const HeatMapOptions& options = {}) {
  const std::size_t index = detail::class_index(model.classes(), name);
  const auto measured = [&](const ImageView& each) {
    const double probability = model.classify(each)[index];
    return detail::Measured{probability, detail::logit_of(probability)};
  };
  const auto measure = [&](std::span<const ImageView> images, std::span<detail::Measured> results) {
    std::ranges::transform(images, results.begin(), measured);
  };
  const detail::Measured whole = measured(image);
  HeatMap map = detail::heat_map(measure, whole, model.spec().input, model.isa(), image, options);
  map.class_name = name;
  map.probability = whole.level;
  return map;
}

}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/quality/heat_map_impl.hpp>
#endif
