// SPDX-License-Identifier: MIT
#include "eval/class_evaluation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fliqe/distortion/distortion.hpp>
#include <fliqe/version.hpp>

#include "app/progress.hpp"
#include "io/csv.hpp"
#include "report/class_tables.hpp"
#include "report/html.hpp"

namespace fliqe::tools {
namespace {

std::size_t index_of(const std::vector<std::string>& classes, const KnownPicture& picture) {
  const auto place = std::ranges::find(classes, picture.given_label);
  if (place == classes.end()) {
    std::string all;
    for (const std::string& each : classes) all += (all.empty() ? "" : ", ") + each;
    throw Error(ErrorCode::invalid_argument, picture.path + ": expected a label of the classes " +
                                                 all + ", found '" + picture.given_label + "'");
  }
  return static_cast<std::size_t>(place - classes.begin());
}

ClassConfusion& confusion_under(const std::string& fault, ClassEvaluation& evaluation) {
  const auto known =
      std::ranges::find(evaluation.faults, fault, &std::pair<std::string, ClassConfusion>::first);
  if (known != evaluation.faults.end()) return known->second;
  return evaluation.faults.emplace_back(fault, ClassConfusion(evaluation.classes.size())).second;
}

std::string summary(const ClassEvaluation& e) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), "%zu pictures, %zu classes: accuracy %.4f, mean F1 %.4f",
                e.pictures.size(), e.classes.size(), e.confusion.accuracy(),
                e.confusion.macro_f1());
  return text.data();
}

}  // namespace

ClassEvaluation evaluate_classes(const PictureSet& set, const Scorer& scorer, bool with_faults,
                                 std::size_t& failed) {
  const std::vector<std::string> classes = scorer.classes();
  ClassEvaluation result{classes, {}, ClassConfusion(classes.size()), {}, 0, {}, {}};
  PictureSet all = set;
  all.distorted = with_faults;
  const std::string clean(trained_distortions().front().name);
  Progress progress("images", all.count());
  std::size_t done = 0;
  failed += all.for_each([&](const KnownPicture& picture) {
    const std::size_t truth = index_of(classes, picture);
    ClassifiedPicture classified{picture.path, picture.given_label, picture.source,
                                 scorer.classify(picture.image)};
    const std::size_t called = classified.most_likely();
    progress.show(++done);
    if (with_faults && picture.label != clean) {
      confusion_under(picture.label, result).add(truth, called);
      return;
    }
    result.confusion.add(truth, called);
    result.pictures.push_back(std::move(classified));
  });
  return result;
}

std::string classes_table(const ClassEvaluation& e) {
  std::vector<std::string> header{"file", "label", "group", "class"};
  header.insert(header.end(), e.classes.begin(), e.classes.end());
  std::string table = csv_row(header);
  for (const ClassifiedPicture& each : e.pictures) {
    std::vector<std::string> row{each.path, each.label, each.source, e.classes[each.most_likely()]};
    for (const double probability : each.probabilities) row.push_back(digits9(probability));
    table += csv_row(row);
  }
  return table;
}

Json to_json(const ClassEvaluation& e) {
  Json json{{"model", e.model},
            {"arithmetic", e.arithmetic},
            {"pictures", e.pictures.size()},
            {"milliseconds_per_picture", finite_or_null(e.median_milliseconds)},
            {"accuracy", finite_or_null(e.confusion.accuracy())},
            {"mean_f1", finite_or_null(e.confusion.macro_f1())}};
  for (std::size_t i = 0; i < e.classes.size(); ++i) {
    json["classes"][e.classes[i]] = {{"pictures", e.confusion.of_class(i)},
                                     {"precision", finite_or_null(e.confusion.precision(i))},
                                     {"recall", finite_or_null(e.confusion.recall(i))},
                                     {"f1", finite_or_null(e.confusion.f1(i))}};
  }
  json["called"] = called_json(e.confusion, e.classes);
  for (const auto& [fault, confusion] : e.faults) {
    json["robustness"][fault] = {{"accuracy", finite_or_null(confusion.accuracy())},
                                 {"mean_f1", finite_or_null(confusion.macro_f1())}};
  }
  return json;
}

std::string to_text(const ClassEvaluation& e) {
  std::string text = summary(e) + "\n\n" + class_table(e.confusion, e.classes, "class");
  std::array<char, 160> line{};
  for (const auto& [fault, confusion] : e.faults) {
    if (&confusion == &e.faults.front().second) {
      std::snprintf(line.data(), line.size(), "\n%-24s %8s %9s\n", "under", "accuracy", "mean F1");
      text += line.data();
    }
    std::snprintf(line.data(), line.size(), "%-24s %8.4f %9.4f\n", fault.c_str(),
                  confusion.accuracy(), confusion.macro_f1());
    text += line.data();
  }
  std::snprintf(line.data(), line.size(), "\n%.2f ms a picture of 640x512 (median; %s)\n",
                e.median_milliseconds, e.arithmetic.c_str());
  return text + line.data();
}

std::string to_html(const ClassEvaluation& e) {
  std::string html = "<h1>How well classes are told apart</h1>\n<p class=\"soft\">" + summary(e) +
                     ". Weights: " + escaped(e.model) + " (" + escaped(e.arithmetic) + "), fliqe " +
                     version + ".</p>\n";
  std::vector<std::vector<std::string>> rows{{"class", "pictures", "precision", "recall", "F1"}};
  for (std::size_t i = 0; i < e.classes.size(); ++i) {
    rows.push_back({e.classes[i], std::to_string(e.confusion.of_class(i)),
                    fixed(e.confusion.precision(i), 3), fixed(e.confusion.recall(i), 3),
                    fixed(e.confusion.f1(i), 3)});
  }
  html += html_section("Classes", html_table(rows)) +
          html_section("What each was called", confusion_table(e.confusion, e.classes));
  if (!e.faults.empty()) {
    std::vector<std::vector<std::string>> faults{{"fault", "accuracy", "mean F1"}};
    for (const auto& [fault, confusion] : e.faults) {
      faults.push_back({fault, fixed(confusion.accuracy(), 3), fixed(confusion.macro_f1(), 3)});
    }
    html += html_section("The same pictures under faults", html_table(faults));
  }
  return html_page("fliqe eval", html);
}

}  // namespace fliqe::tools
