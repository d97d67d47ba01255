// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fliqe/eval/class_metrics.hpp>
#include <fliqe/model/check_weights.hpp>
#include <set>
#include <string>
#include <vector>

#include "app/interruption.hpp"
#include "commands/commands.hpp"
#include "io/output.hpp"
#include "report/html.hpp"
#include "train/model_writer.hpp"
#include "train/stored_network.hpp"
#include "train/training_run.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

struct EncoderOptions {
  TrainingCommand common;
  double temperature = 0.07;
  bool fine_tune = false;
};

/// How often an embedding lies nearest to the mean embedding of its own label.
ClassConfusion nearest_means(train::Network<float>& projection, const train::Examples& known,
                             const train::Examples& asked, int classes) {
  const train::Matrix<float> placed = projection.forward(known.features, false);
  train::Matrix<float> means = train::Matrix<float>::Zero(classes, placed.cols());
  for (std::size_t i = 0; i < known.count(); ++i) {
    means.row(known.labels[i]) += placed.row(static_cast<Eigen::Index>(i));
  }
  const train::Matrix<float> likeness =
      projection.forward(asked.features, false) * means.rowwise().normalized().transpose();
  ClassConfusion confusion(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < asked.count(); ++i) {
    Eigen::Index nearest = 0;
    likeness.row(static_cast<Eigen::Index>(i)).maxCoeff(&nearest);
    confusion.add(static_cast<std::size_t>(asked.labels[i]), static_cast<std::size_t>(nearest));
  }
  return confusion;
}

/// The projection head before and after training.
struct EncoderReport {
  std::vector<std::string> labels;
  ClassConfusion before, after;  ///< of the validation examples
  std::vector<train::Epoch> epochs;
};

std::string to_text(const EncoderReport& report) {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(),
                "%zu validation examples; nearest to the mean of their label: %.4f before, %.4f "
                "after\n",
                report.after.total(), report.before.accuracy(), report.after.accuracy());
  std::string text = line.data();
  for (std::size_t i = 0; i < report.labels.size(); ++i) {
    std::snprintf(line.data(), line.size(), "%-24.24s %8zu %7.4f %7.4f\n", report.labels[i].c_str(),
                  report.after.of_class(i), report.before.recall(i), report.after.recall(i));
    text += line.data();
  }
  return text;
}

Json to_json(const EncoderReport& report) {
  Json json{{"validation",
             {{"examples", report.after.total()},
              {"nearest_mean_accuracy_before", rounded9(report.before.accuracy())},
              {"nearest_mean_accuracy", rounded9(report.after.accuracy())}}}};
  json["epochs"] = epochs_to_json(report.epochs);
  return json;
}

std::string to_html(const EncoderReport& report) {
  return html_page("fliqe train-encoder", "<h1>Training of the projection head</h1>\n<pre>" +
                                              escaped(to_text(report)) + "</pre>\n" +
                                              loss_chart(report.epochs));
}

EncoderReport train(train::Network<float>& projection, const FeatureTable& table,
                    const EncoderOptions& options) {
  const TrainingCommand& command = options.common;
  std::set<std::string> labels;
  for (const FeatureRow& row : table.rows) labels.insert(row.label);
  require(labels.size() > 1, ErrorCode::invalid_argument,
          "train-encoder: expected at least two labels, found one");
  const auto classes = static_cast<int>(labels.size());
  const auto class_of = [&](const std::string& label) {
    return static_cast<int>(std::distance(labels.begin(), labels.find(label)));
  };
  const Split split = split_rows(table, command.split, command.validation, command.training.seed);
  const train::Examples training = to_examples(split.training, classes, class_of);
  const train::Examples validation = to_examples(split.validation, classes, class_of);
  const ClassConfusion before = nearest_means(projection, training, validation, classes);
  train::TrainingState state(projection);
  run_training(state, training, validation, train::SupervisedContrastive{options.temperature},
               "contrastive/" + digits9(options.temperature), command);
  projection = state.best;
  return {{labels.begin(), labels.end()},
          before,
          nearest_means(projection, training, validation, classes),
          state.epochs};
}

Exit train_encoder(const EncoderOptions& options) {
  Eigen::setNbThreads(1);  // so that sums do not depend on the number of threads
  const TrainingCommand& command = options.common;
  const weights::TensorSet base = open_weights(resolve_weights(command.source.model.weights));
  const model::WeightsCheck check = model::check_weights(base);
  const FeatureTable table = command.table(FeatureLayer::trunk);
  const auto expected = static_cast<std::size_t>(check.spec.features());
  require(table.width() == expected, ErrorCode::invalid_argument,
          "train-encoder: expected " + std::to_string(expected) +
              " features a picture (fliqe embed --layer trunk), found " +
              std::to_string(table.width()));
  Random random(command.training.seed);
  auto projection = train::projection_head<float>(check.spec, random);
  if (options.fine_tune) {
    load_network(projection, base, std::string(model::prefixes(check.kind).projection));
  }
  const EncoderReport report = train(projection, table, options);
  write_safetensors(
      command.output,
      with_projection(base, projection,
                      {{"projection_examples", std::to_string(table.rows.size())},
                       {"projection_seed", std::to_string(command.training.seed)},
                       {"projection_temperature", digits9(options.temperature)},
                       {"projection_validation_accuracy", digits9(report.after.accuracy())}}));
  if (!command.html.empty()) write_file(command.html, to_html(report));
  const std::string text = command.json ? dump(to_json(report), 2) + "\n" : to_text(report);
  std::printf("%s", text.c_str());
  return is_interrupted() ? Exit::interrupted : Exit::success;
}

}  // namespace

void add_train_encoder_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<EncoderOptions>();
  CLI::App* command = app.add_subcommand(
      "train-encoder", "Train the projection head by supervised contrast, on the CPU");
  command->footer(std::string("Writes an encoder; fliqe train-head --weights gives it a head.\n") +
                  training_footer);
  options->common.add_options(*command);
  command
      ->add_option("--temperature", options->temperature,
                   "of the contrastive loss: the lower, the more the nearest others count")
      ->check(CLI::Range(0.001, 10.0))
      ->capture_default_str();
  command->add_flag("--fine-tune", options->fine_tune,
                    "begin with the projection head that the weights have instead of a new one");
  command->callback([options, &result] { result = train_encoder(*options); });
}

}  // namespace fliqe::tools
