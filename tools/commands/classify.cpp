// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "dataset/picture_set.hpp"
#include "eval/class_evaluation.hpp"
#include "io/csv.hpp"
#include "io/json.hpp"
#include "io/output.hpp"

namespace fliqe::tools {
namespace {

struct ClassifyOptions {
  PictureSet pictures;
  ModelOptions model;
  std::string format = "text";
  std::string output;
};

std::string csv_header(const std::vector<std::string>& classes) {
  std::vector<std::string> header{"file", "class", "probability"};
  header.insert(header.end(), classes.begin(), classes.end());
  return csv_row(header);
}

std::string csv_line(const ClassifiedPicture& picture, const std::vector<std::string>& classes) {
  const std::size_t best = picture.most_likely();
  std::vector<std::string> row{picture.path, classes[best], digits9(picture.probabilities[best])};
  for (const double each : picture.probabilities) row.push_back(digits9(each));
  return csv_row(row);
}

std::string json_line(const ClassifiedPicture& picture, const std::vector<std::string>& classes) {
  const std::size_t best = picture.most_likely();
  Json json{{"file", picture.path}, {"class", classes[best]}};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    json["probabilities"][classes[i]] = rounded9(picture.probabilities[i]);
  }
  return dump(json) + "\n";
}

std::string text_line(const ClassifiedPicture& picture, const std::vector<std::string>& classes) {
  const std::size_t best = picture.most_likely();
  std::array<char, 32> probability{};
  std::snprintf(probability.data(), probability.size(), "%.4f", picture.probabilities[best]);
  return std::string(probability.data()) + "  " + classes[best] + "  " + picture.path + "\n";
}

Exit classify(const ClassifyOptions& options) {
  const LoadedModel model = options.model.load();
  const std::vector<std::string>& classes = model.scorer.classes();
  Output output(options.output);
  if (options.format == "csv") output.write(csv_header(classes));
  const std::size_t failed = options.pictures.for_each([&](const KnownPicture& picture) {
    const ClassifiedPicture result{picture.path, picture.label, picture.source,
                                   model.scorer.classify(picture.image)};
    output.write(options.format == "csv"     ? csv_line(result, classes)
                 : options.format == "jsonl" ? json_line(result, classes)
                                             : text_line(result, classes));
    output.flush();
  });
  output.commit();
  return failed == 0 ? Exit::success : Exit::some_failed;
}

}  // namespace

void add_classify_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand(
      "classify", "Tell the class of pictures, with a head of fliqe train-head --multiclass");
  command->footer("Text: the probability of the likeliest class, its name, the picture.");
  command->add_option("images", options->pictures.images, "files, folders or patterns")->required();
  options->pictures.add_options(*command);
  options->model.add_options(*command);
  command->add_option("--format", options->format, "text, csv or jsonl: all probabilities")
      ->check(CLI::IsMember({"text", "csv", "jsonl"}));
  command->add_option("-o,--output", options->output, "write results to this file");
  command->callback([options, &result] { result = classify(*options); });
}

}  // namespace fliqe::tools
