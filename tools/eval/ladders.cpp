// SPDX-License-Identifier: MIT
#include "eval/ladders.hpp"

#include <algorithm>
#include <fliqe/base/parallel.hpp>
#include <fliqe/distortion/simulate.hpp>
#include <utility>

#include "app/ordered_pipeline.hpp"
#include "app/progress.hpp"
#include "images/encode.hpp"
#include "io/csv.hpp"

namespace fliqe::tools {
namespace {

const std::vector<GradedFault>& camera_faults() {
  static const std::vector<GradedFault> faults{
      {Distortion::column_noise, {0, 2, 5, 10, 20, 40}},
      {Distortion::dead_pixels, {0, 0.001, 0.003, 0.01, 0.03, 0.1}},
      {Distortion::vignetting, {0, 0.2, 0.4, 0.6, 0.8, 1}}};
  return faults;
}

/// A step of a ladder.
struct Rung {
  std::size_t fault = 0, strength = 0;
};

std::vector<Rung> rungs_of(const std::vector<GradedFault>& faults) {
  std::vector<Rung> rungs;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    for (std::size_t k = 0; k < faults[i].strengths.size(); ++k) rungs.push_back({i, k});
  }
  return rungs;
}

Image spoilt(const Image& image, const GradedFault& fault, std::size_t strength) {
  constexpr std::uint64_t seed = 1;  // the same noise at each strength, only stronger
  DistortionSpec spec(fault.kind);
  spec.set(fault.parameter(), fault.strengths[strength]);
  return distort(image, spec, seed, through_jpeg);
}

}  // namespace

const std::vector<GradedFault>& trained_faults() {
  static const std::vector<GradedFault> faults{
      {Distortion::lens_blur, {1, 3, 5, 7, 9, 11, 15, 21}},
      {Distortion::motion_blur, {1, 3, 5, 7, 11, 15, 21}},
      {Distortion::gaussian_noise, {0, 3, 6, 10, 15, 25, 40}},
      {Distortion::overexposure, {1, 1.2, 1.5, 1.8, 2.1, 2.5, 3}},
      {Distortion::underexposure, {1, 0.8, 0.6, 0.45, 0.3, 0.2, 0.1}},
      {Distortion::compression, {95, 75, 50, 30, 15, 10, 5}},
      {Distortion::ghosting, {0, 1, 2, 4, 7, 10, 15}},
      {Distortion::aliasing, {1, 2, 3, 4, 6, 8}}};
  return faults;
}

std::vector<GradedFault> graded_faults(const std::vector<std::string>& names) {
  std::vector<GradedFault> known = trained_faults();
  known.insert(known.end(), camera_faults().begin(), camera_faults().end());
  std::vector<GradedFault> faults;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(known, name, &GradedFault::name);
    if (found == known.end()) {
      std::string all;
      for (const GradedFault& each : known) all += (all.empty() ? "" : ", ") + each.name();
      throw Error(ErrorCode::invalid_argument,
                  "--faults: expected names out of " + all + ", found '" + name + "'");
    }
    faults.push_back(*found);
  }
  return faults;
}

LadderShape shape_of(std::span<const double> qualities, double tolerance) {
  double lowest = qualities.front();
  for (const double quality : qualities) {
    if (quality > lowest + tolerance) return LadderShape::rises;
    lowest = std::min(lowest, quality);
  }
  return qualities.back() < qualities.front() - tolerance ? LadderShape::falls : LadderShape::flat;
}

std::vector<double> FaultLadders::mean_qualities() const {
  std::vector<double> means(fault.strengths.size(), 0);
  for (const std::vector<double>& picture : qualities) {
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += picture[i];
  }
  for (double& mean : means) mean /= static_cast<double>(qualities.size());
  return means;
}

double FaultLadders::share(LadderShape shape, double tolerance) const {
  const auto count = std::ranges::count_if(qualities, [&](const std::vector<double>& picture) {
    return shape_of(picture, tolerance) == shape;
  });
  return static_cast<double>(count) / static_cast<double>(qualities.size());
}

double LadderReport::share(LadderShape shape) const {
  double sum = 0;
  for (const FaultLadders& each : faults) sum += each.share(shape, tolerance);
  return sum / static_cast<double>(faults.size());
}

std::vector<FaultLadders> climb(const PictureSet& set, const std::vector<GradedFault>& faults,
                                const Scorer& scorer, std::vector<std::string>& pictures,
                                std::size_t& failed) {
  PictureSet clean = set;
  clean.distorted = false;
  const std::vector<Rung> rungs = rungs_of(faults);
  std::vector<FaultLadders> ladders;
  for (const GradedFault& fault : faults) ladders.push_back({fault, {}});
  Progress progress("images", clean.count());
  const int threads = default_thread_count();
  failed += clean.for_each([&](const KnownPicture& picture) {
    if (!set.distorted && !is_clean_label(picture.label)) return;
    OrderedPipeline<std::size_t, Image> made(threads, static_cast<std::size_t>(threads) + 1,
                                             numbers_below(rungs.size()), [&](std::size_t i) {
                                               return spoilt(picture.image, faults[rungs[i].fault],
                                                             rungs[i].strength);
                                             });
    for (FaultLadders& each : ladders) each.qualities.emplace_back();
    for (const Rung& rung : rungs) {
      ladders[rung.fault].qualities.back().push_back(scorer.estimate_image_quality(*made.next()));
    }
    pictures.push_back(picture.path);
    progress.show(pictures.size());
  });
  require(!pictures.empty(), ErrorCode::invalid_argument,
          "expected clean pictures, found none: folders or labels 'clean', 'good' or '0', or say "
          "--distort when all are clean");
  return ladders;
}

std::string ladders_table(const LadderReport& report) {
  std::string text = csv_row({"file", "fault", "parameter", "strength", "quality"});
  for (const FaultLadders& each : report.faults) {
    const GradedFault& fault = each.fault;
    for (std::size_t i = 0; i < report.pictures.size(); ++i) {
      for (std::size_t k = 0; k < fault.strengths.size(); ++k) {
        text += csv_row({report.pictures[i], fault.name(), fault.parameter(),
                         digits9(fault.strengths[k]), digits9(each.qualities[i][k])});
      }
    }
  }
  return text;
}

}  // namespace fliqe::tools
