// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/distortion/distortion.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// A fault at rising strengths, the first of them none or hardly any. The first parameter of the
/// distortion is what rises (or falls: the lower a JPEG's quality, the stronger the fault).
struct GradedFault {
  Distortion kind;
  std::vector<double> strengths;

  std::string name() const { return std::string(info(kind).name); }
  std::string parameter() const { return std::string(info(kind).parameters[0].name); }
};

/// The eight graded faults that FLIQE was trained on, up to more than the trained strength.
const std::vector<GradedFault>& trained_faults();

/// Faults by name: those above, ColumnNoise, DeadPixels and Vignetting.
/// @throws Error `invalid_argument` for another name
std::vector<GradedFault> graded_faults(const std::vector<std::string>& names);

/// What the quality of a picture does while a fault becomes stronger.
enum class LadderShape {
  falls,  ///< ends lower than it began, and is never higher than before
  flat,   ///< stays where it began
  rises   ///< is higher at some step than at an earlier one
};

/// @param tolerance  differences of quality up to this count as none
LadderShape shape_of(std::span<const double> qualities, double tolerance);

/// Qualities of all pictures at each strength of a fault.
struct FaultLadders {
  GradedFault fault;
  std::vector<std::vector<double>> qualities;  ///< [picture][strength]

  std::vector<double> mean_qualities() const;
  /// Share of the pictures, from 0 to 1.
  double share(LadderShape shape, double tolerance) const;
};

/// Scores each clean picture of the set (with `set.distorted` every one) under the faults.
/// @param failed  counts the pictures that could not be read
/// @throws Error `invalid_argument` when there is no clean picture
std::vector<FaultLadders> climb(const PictureSet& set, const std::vector<GradedFault>& faults,
                                const Scorer& scorer, std::vector<std::string>& pictures,
                                std::size_t& failed);

/// Everything that `fliqe eval --ladders` finds out.
struct LadderReport {
  double tolerance = 0.02;
  std::vector<std::string> pictures;  ///< paths
  std::vector<FaultLadders> faults;
  std::string model, arithmetic;

  std::size_t ladders() const noexcept { return pictures.size() * faults.size(); }
  /// Share of all ladders, from 0 to 1.
  double share(LadderShape shape) const;
};

/// A row for each picture, fault and strength: file, fault, parameter, strength, quality.
std::string ladders_table(const LadderReport& report);

Json to_json(const LadderReport& report);
std::string to_text(const LadderReport& report);
/// A page of its own, with drawings; needs nothing from elsewhere.
std::string to_html(const LadderReport& report);

}  // namespace fliqe::tools
