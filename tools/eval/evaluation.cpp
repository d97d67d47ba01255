// SPDX-License-Identifier: MIT
#include "eval/evaluation.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fliqe/eval/sharpness.hpp>
#include <utility>

#include "app/progress.hpp"
#include "eval/ladders.hpp"

namespace fliqe::tools {
namespace {

std::vector<Outcome> outcomes_of(const std::vector<ScoredPicture>& pictures,
                                 const std::optional<PlattScaling>& platt) {
  std::vector<Outcome> outcomes;
  for (const ScoredPicture& each : pictures) {
    outcomes.push_back(
        {each.distorted(), platt ? platt->probability(each.logit) : 1 - each.quality});
  }
  return outcomes;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

Json to_json(const Confusion& confusion) {
  return {{"true_positive", confusion.true_positive},
          {"false_positive", confusion.false_positive},
          {"true_negative", confusion.true_negative},
          {"false_negative", confusion.false_negative},
          {"accuracy", finite_or_null(confusion.accuracy())},
          {"precision", finite_or_null(confusion.precision())},
          {"recall", finite_or_null(confusion.recall())},
          {"specificity", finite_or_null(confusion.specificity())},
          {"f1", finite_or_null(confusion.f1())}};
}

Json to_json(const std::vector<CalibrationBin>& curve) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : curve) {
    bins.push_back({{"count", bin.count},
                    {"mean_probability", finite_or_null(bin.mean_probability)},
                    {"share_distorted", finite_or_null(bin.share_distorted)}});
  }
  return bins;
}

template <class... Values>
void line(std::string& text, const char* format, Values... values) {
  std::array<char, 256> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  text += buffer.data();
  text += '\n';
}

void describe(std::string& text, const Confusion& confusion) {
  line(text, "accuracy %.4f  precision %.4f  recall %.4f  F1 %.4f  specificity %.4f",
       confusion.accuracy(), confusion.precision(), confusion.recall(), confusion.f1(),
       confusion.specificity());
}

}  // namespace

std::vector<ScoredPicture> score_all(const PictureSet& set, const Scorer& scorer,
                                     std::size_t& failed) {
  std::vector<ScoredPicture> scored;
  Progress progress("images", set.count());
  failed += set.for_each([&](const KnownPicture& picture) {
    const Assessment result = scorer.assess(picture.image);
    scored.push_back({picture.path, picture.label, picture.source, result.quality,
                      static_cast<double>(result.logit), laplacian_variance(picture.image)});
    progress.show(scored.size());
  });
  return scored;
}

PlattScaling fit_platt(const std::vector<ScoredPicture>& pictures) {
  std::vector<LabelledLogit> logits;
  for (const ScoredPicture& each : pictures) logits.push_back({each.distorted(), each.logit});
  return PlattScaling::fit(logits);
}

Evaluation evaluate(std::vector<ScoredPicture> pictures, double threshold,
                    const std::optional<PlattScaling>& platt) {
  Evaluation result;
  result.threshold = threshold;
  const std::vector<Outcome> outcomes = outcomes_of(pictures, std::nullopt);
  // A quality at the threshold still counts as good.
  const double alarm = std::nextafter(1 - threshold, 2.0);
  result.confusion = Confusion::of(outcomes, alarm);
  if (result.confusion.positives() > 0 && result.confusion.negatives() > 0) {
    result.roc = roc_curve(outcomes);
  }
  result.calibration = calibration_curve(outcomes);
  if (platt) {
    const std::vector<Outcome> scaled = outcomes_of(pictures, platt);
    result.platt = platt;
    result.platt_confusion = Confusion::of(scaled);
    result.platt_calibration = calibration_curve(scaled);
  }
  for (const ScoredPicture& each : pictures) {
    LabelResult& label = result.labels[each.label];
    ++label.count;
    label.mean_quality += each.quality;
    const bool called_distorted = 1 - each.quality >= alarm;
    label.right += called_distorted == each.distorted() ? 1 : 0;
  }
  for (auto& [name, label] : result.labels) {
    label.mean_quality /= static_cast<double>(label.count);
    label.right /= static_cast<double>(label.count);
  }
  result.pictures = std::move(pictures);
  return result;
}

double milliseconds_per_picture(const Scorer& scorer) {
  using Clock = std::chrono::steady_clock;
  constexpr int width = 640, height = 512, rounds = 21;
  const Image image{width, height, PixelFormat::gray8,
                    std::vector<std::uint8_t>(std::size_t{width} * height, 128)};
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    if (scorer.has_score()) {
      static_cast<void>(scorer.assess(image));
    } else {
      static_cast<void>(scorer.classify(image));
    }
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  return median(std::move(times));
}

std::vector<RobustnessCurve> robustness_curves(const PictureSet& set, const Scorer& scorer) {
  std::vector<std::string> pictures;
  std::size_t failed = 0;
  std::vector<RobustnessCurve> curves;
  for (const FaultLadders& each : climb(set, trained_faults(), scorer, pictures, failed)) {
    curves.push_back(
        {each.fault.name(), each.fault.parameter(), each.fault.strengths, each.mean_qualities()});
  }
  return curves;
}

Json to_json(const Evaluation& e) {
  Json json{{"model", e.model},
            {"arithmetic", e.arithmetic},
            {"threshold", rounded9(e.threshold)},
            {"pictures", e.pictures.size()},
            {"milliseconds_per_picture", finite_or_null(e.median_milliseconds)},
            {"confusion", to_json(e.confusion)}};
  json["roc_auc"] = e.roc.empty() ? Json(nullptr) : finite_or_null(roc_auc(e.roc));
  json["calibration_error"] = finite_or_null(calibration_error(e.calibration));
  json["calibration"] = to_json(e.calibration);
  for (const auto& [name, label] : e.labels) {
    json["labels"][name] = {{"pictures", label.count},
                            {"mean_quality", finite_or_null(label.mean_quality)},
                            {"right", finite_or_null(label.right)}};
  }
  if (e.platt) {
    json["platt"] = {{"slope", finite_or_null(e.platt->slope)},
                     {"offset", finite_or_null(e.platt->offset)},
                     {"confusion", to_json(e.platt_confusion)},
                     {"calibration_error", finite_or_null(calibration_error(e.platt_calibration))},
                     {"calibration", to_json(e.platt_calibration)}};
  }
  for (const BaselineMeasure& baseline : e.baselines) {
    json["baselines"][baseline.name] = {{"pictures", baseline.pictures},
                                        {"roc_auc", finite_or_null(baseline.roc_auc)},
                                        {"better", baseline.higher_is_better ? "higher" : "lower"}};
  }
  for (const RobustnessCurve& curve : e.robustness) {
    Json points = Json::array();
    for (std::size_t i = 0; i < curve.strengths.size(); ++i) {
      points.push_back({rounded9(curve.strengths[i]), rounded9(curve.qualities[i])});
    }
    json["robustness"][curve.distortion] = {{"parameter", curve.parameter},
                                            {"strength_and_quality", points}};
  }
  return json;
}

std::string to_text(const Evaluation& e) {
  std::string text;
  line(text, "%zu pictures, %zu clean and %zu distorted; distorted below quality %g",
       e.pictures.size(), e.confusion.negatives(), e.confusion.positives(), e.threshold);
  describe(text, e.confusion);
  if (!e.roc.empty()) line(text, "ROC AUC %.4f", roc_auc(e.roc));
  line(text, "calibration error %.4f", calibration_error(e.calibration));
  line(text, "\n%-18s %10s %10s", "truth", "called bad", "called good");
  line(text, "%-18s %10zu %10zu", "distorted", e.confusion.true_positive,
       e.confusion.false_negative);
  line(text, "%-18s %10zu %10zu", "clean", e.confusion.false_positive, e.confusion.true_negative);
  line(text, "\n%-18s %10s %10s %12s", "label", "pictures", "right", "mean quality");
  for (const auto& [name, label] : e.labels) {
    line(text, "%-18s %10zu %9.1f%% %12.4f", name.c_str(), label.count, 100 * label.right,
         label.mean_quality);
  }
  if (e.platt) {
    line(text, "\nPlatt scaling: probability = sigmoid(%.4f logit %+.4f), fitted to other pictures",
         e.platt->slope, e.platt->offset);
    describe(text, e.platt_confusion);
    line(text, "calibration error %.4f", calibration_error(e.platt_calibration));
  }
  for (const BaselineMeasure& baseline : e.baselines) {
    if (&baseline == &e.baselines.front()) text += "\nother measures of the same pictures\n";
    line(text, "%-18s ROC AUC %.4f  %zu pictures, %s is better", baseline.name.c_str(),
         baseline.roc_auc, baseline.pictures, baseline.higher_is_better ? "higher" : "lower");
  }
  for (const RobustnessCurve& curve : e.robustness) {
    std::string row;
    for (std::size_t i = 0; i < curve.strengths.size(); ++i) {
      std::array<char, 32> point{};
      std::snprintf(point.data(), point.size(), "  %g: %.2f", curve.strengths[i],
                    curve.qualities[i]);
      row += point.data();
    }
    if (&curve == &e.robustness.front()) text += "\nmean quality by strength\n";
    line(text, "%-16s %-8s%s", curve.distortion.c_str(), curve.parameter.c_str(), row.c_str());
  }
  line(text, "\n%.2f ms a picture of 640x512 (median; %s)", e.median_milliseconds,
       e.arithmetic.c_str());
  return text;
}

}  // namespace fliqe::tools
