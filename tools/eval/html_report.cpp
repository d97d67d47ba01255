// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fliqe/version.hpp>

#include "eval/evaluation.hpp"
#include "report/html.hpp"
#include "report/svg_chart.hpp"

namespace fliqe::tools {
namespace {

std::string figures(const Evaluation& e) {
  std::string html = "<div class=\"figures\">";
  html += html_figure(fixed(e.confusion.accuracy(), 3), "accuracy");
  html += html_figure(fixed(e.confusion.precision(), 3), "precision");
  html += html_figure(fixed(e.confusion.recall(), 3), "recall");
  html += html_figure(fixed(e.confusion.f1(), 3), "F1");
  if (!e.roc.empty()) html += html_figure(fixed(roc_auc(e.roc), 3), "ROC AUC");
  html += html_figure(fixed(calibration_error(e.calibration), 3), "calibration error");
  html += html_figure(fixed(e.median_milliseconds, 1) + " ms", "a picture");
  return html + "</div>\n";
}

std::string roc(const Evaluation& e) {
  Chart chart{"clean called distorted", "distorted found", 0, 1, 0, 1, {}};
  Series curve{"", {}};
  for (const RocPoint& point : e.roc) {
    curve.points.emplace_back(point.false_positive_rate, point.true_positive_rate);
  }
  chart.series = {curve, {"", {{0, 0}, {1, 1}}, false, true}};
  return html_section("ROC curve", to_svg(chart));
}

Series calibration_series(const std::string& name, const std::vector<CalibrationBin>& bins) {
  Series series{name, {}, true};
  for (const CalibrationBin& bin : bins) {
    if (bin.count > 0) series.points.emplace_back(bin.mean_probability, bin.share_distorted);
  }
  return series;
}

std::string calibration(const Evaluation& e) {
  Chart chart{"probability of being distorted", "share that is", 0, 1, 0, 1, {}};
  chart.series.push_back(calibration_series("as it is", e.calibration));
  if (e.platt) chart.series.push_back(calibration_series("Platt scaling", e.platt_calibration));
  chart.series.push_back({"perfect", {{0, 0}, {1, 1}}, false, true});
  return html_section("Calibration", to_svg(chart));
}

std::string confusion(const Evaluation& e) {
  const auto row = [](const char* name, std::size_t bad, std::size_t good) {
    return std::vector<std::string>{name, std::to_string(bad), std::to_string(good)};
  };
  std::string html =
      html_table({{"truth", "called distorted", "called good"},
                  row("distorted", e.confusion.true_positive, e.confusion.false_negative),
                  row("clean", e.confusion.false_positive, e.confusion.true_negative)});
  if (e.platt) {
    html += "<p class=\"soft\">With Platt scaling, sigmoid(" + fixed(e.platt->slope, 3) +
            " logit + " + fixed(e.platt->offset, 3) + "), fitted to other pictures: accuracy " +
            fixed(e.platt_confusion.accuracy(), 3) + ", F1 " + fixed(e.platt_confusion.f1(), 3) +
            ", calibration error " + fixed(calibration_error(e.platt_calibration), 3) + ".</p>";
  }
  return html_section("Confusion matrix", html);
}

std::string baselines(const Evaluation& e) {
  std::vector<std::vector<std::string>> rows{{"measure", "ROC AUC", "better"},
                                             {"fliqe", fixed(roc_auc(e.roc), 3), "higher"}};
  for (const BaselineMeasure& each : e.baselines) {
    rows.push_back({each.name, fixed(each.roc_auc, 3), each.higher_is_better ? "higher" : "lower"});
  }
  return html_section("Other measures of the same pictures", html_table(rows));
}

std::string labels(const Evaluation& e) {
  std::vector<std::pair<std::string, double>> bars;
  for (const auto& [name, label] : e.labels) bars.emplace_back(name, label.right);
  return html_section("Called what it is, by label", bars_to_svg(bars));
}

std::string robustness(const Evaluation& e) {
  std::string html;
  for (const RobustnessCurve& curve : e.robustness) {
    const auto [low, high] = std::ranges::minmax_element(curve.strengths);
    Chart chart{curve.parameter, "mean quality", *low, *high, 0, 1, {}};
    Series series{"", {}, true};
    for (std::size_t i = 0; i < curve.strengths.size(); ++i) {
      series.points.emplace_back(curve.strengths[i], curve.qualities[i]);
    }
    chart.series.push_back(std::move(series));
    html += html_section(curve.distortion, to_svg(chart));
  }
  return html;
}

}  // namespace

std::string to_html(const Evaluation& e) {
  std::string html = "<h1>How well the scores tell good pictures from bad ones</h1>\n";
  html += "<p class=\"soft\">" + std::to_string(e.pictures.size()) + " pictures, " +
          std::to_string(e.confusion.negatives()) + " clean and " +
          std::to_string(e.confusion.positives()) +
          " distorted. Positive means distorted: quality "
          "below " +
          fixed(e.threshold, 2) + ". Weights: " + escaped(e.model) + " (" + escaped(e.arithmetic) +
          "), fliqe " + version + ".</p>\n";
  html += figures(e);
  html += "<div class=\"grid2\">\n";
  if (!e.roc.empty()) html += roc(e);
  html += calibration(e) + labels(e) + confusion(e);
  if (!e.roc.empty() && !e.baselines.empty()) html += baselines(e);
  html += "</div>\n";
  if (!e.robustness.empty()) {
    html +=
        "<h2>Mean quality of clean pictures under growing distortions</h2>\n<div "
        "class=\"grid2\">\n" +
        robustness(e) + "</div>\n";
  }
  return html_page("fliqe eval", html);
}

}  // namespace fliqe::tools
