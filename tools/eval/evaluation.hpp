// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/eval/metrics.hpp>
#include <fliqe/eval/platt.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// A picture that was scored.
struct ScoredPicture {
  std::string path, label, source;
  double quality = 0, logit = 0;
  double sharpness = 0;  ///< variance of the Laplacian

  bool distorted() const { return !is_clean_label(label); }
};

/// What is said of pictures with the same label.
struct LabelResult {
  std::size_t count = 0;
  double mean_quality = 0;
  double right = 0;  ///< share that was called what it is: recall, for clean ones specificity
};

/// Mean quality of pictures under a distortion of growing strength.
struct RobustnessCurve {
  std::string distortion, parameter;
  std::vector<double> strengths, qualities;
};

/// Another measure of quality, judged by the same pictures.
struct BaselineMeasure {
  std::string name;
  std::size_t pictures = 0;
  double roc_auc = 0.5;  ///< whichever way round it is better
  bool higher_is_better = true;
};

/// Everything that `fliqe eval` finds out.
struct Evaluation {
  double threshold = 0.5;  ///< of the quality: below it a picture counts as distorted
  std::vector<ScoredPicture> pictures;
  Confusion confusion;
  std::vector<RocPoint> roc;  ///< empty unless there are clean and distorted pictures
  std::vector<CalibrationBin> calibration;
  std::map<std::string, LabelResult> labels;
  std::optional<PlattScaling> platt;  ///< fitted to other pictures
  std::vector<CalibrationBin> platt_calibration;
  Confusion platt_confusion;
  std::vector<BaselineMeasure> baselines;
  std::vector<RobustnessCurve> robustness;
  double median_milliseconds = 0;
  std::string model, arithmetic;
};

/// Scores the pictures of a set, one by one.
std::vector<ScoredPicture> score_all(const PictureSet& set, const Scorer& scorer,
                                     std::size_t& failed);

/// All figures that follow from the scores.
/// @param platt  fitted before, to be applied
Evaluation evaluate(std::vector<ScoredPicture> pictures, double threshold,
                    const std::optional<PlattScaling>& platt);

PlattScaling fit_platt(const std::vector<ScoredPicture>& pictures);

/// Resizing and network with its first head, of a picture of 640x512; the median of some runs.
double milliseconds_per_picture(const Scorer& scorer);

/// The picture under each graded distortion, from a quarter to twice the trained strength.
std::vector<RobustnessCurve> robustness_curves(const PictureSet& set, const Scorer& scorer);

Json to_json(const Evaluation& evaluation);
std::string to_text(const Evaluation& evaluation);
/// A page of its own, with drawings; needs nothing from elsewhere.
std::string to_html(const Evaluation& evaluation);

}  // namespace fliqe::tools
