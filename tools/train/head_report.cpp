// SPDX-License-Identifier: MIT
#include "train/head_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "report/class_tables.hpp"
#include "report/html.hpp"
#include "train/training_run.hpp"

namespace fliqe::tools {
namespace {

constexpr std::size_t positive = 1;

bool is_binary(const ClassConfusion& confusion) {
  return confusion.classes() == 2;
}

Json to_json(const ClassConfusion& confusion, const std::vector<std::string>& classes) {
  Json json{{"examples", confusion.total()},
            {"accuracy", finite_or_null(confusion.accuracy())},
            {"f1", finite_or_null(f1_of(confusion))}};
  if (is_binary(confusion)) {
    json["precision"] = finite_or_null(confusion.precision(positive));
    json["recall"] = finite_or_null(confusion.recall(positive));
  }
  json["called"] = called_json(confusion, classes);
  return json;
}

std::string summary(const char* name, const ClassConfusion& confusion) {
  std::array<char, 160> text{};
  int length = std::snprintf(text.data(), text.size(), "%-11s %6zu examples  accuracy %.4f", name,
                             confusion.total(), confusion.accuracy());
  std::string line(text.data(), static_cast<std::size_t>(length));
  if (is_binary(confusion)) {
    length = std::snprintf(text.data(), text.size(), "  precision %.4f  recall %.4f",
                           confusion.precision(positive), confusion.recall(positive));
    line.append(text.data(), static_cast<std::size_t>(length));
  }
  length = std::snprintf(text.data(), text.size(), "  %s %.4f\n",
                         is_binary(confusion) ? "F1" : "mean F1", f1_of(confusion));
  return line.append(text.data(), static_cast<std::size_t>(length));
}

}  // namespace

ClassConfusion confusion_of(train::Network<float>& head, const train::Examples& examples,
                            std::size_t classes) {
  const train::Matrix<float> logits = head.forward(examples.features, false);
  ClassConfusion confusion(classes);
  for (std::size_t i = 0; i < examples.count(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    Eigen::Index called = 0;
    if (logits.cols() == 1) {
      called = logits(row, 0) >= 0 ? 1 : 0;
    } else {
      logits.row(row).maxCoeff(&called);
    }
    confusion.add(static_cast<std::size_t>(examples.labels[i]), static_cast<std::size_t>(called));
  }
  return confusion;
}

double f1_of(const ClassConfusion& confusion) {
  return is_binary(confusion) ? confusion.f1(positive) : confusion.macro_f1();
}

Json to_json(const HeadReport& report) {
  return {{"training", to_json(report.training, report.classes)},
          {"validation", to_json(report.validation, report.classes)},
          {"epochs", epochs_to_json(report.epochs)}};
}

std::string to_text(const HeadReport& report) {
  std::string text = summary("training", report.training);
  text += summary("validation", report.validation);
  if (report.classes.size() > 2)
    text += "\n" + class_table(report.validation, report.classes, "validation, by class");
  return text;
}

std::string to_html(const HeadReport& report) {
  return html_page("fliqe train-head",
                   "<h1>Training of the head</h1>\n<pre>" + escaped(to_text(report)) +
                       "</pre>\n<div class=\"grid2\"><section><h2>Loss</h2>" +
                       loss_chart(report.epochs) +
                       "</section><section><h2>Validation, what was called what</h2>" +
                       confusion_table(report.validation, report.classes) + "</section></div>\n");
}

}  // namespace fliqe::tools
