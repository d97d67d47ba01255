// SPDX-License-Identifier: MIT
#include "train/training_run.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "report/svg_chart.hpp"

namespace fliqe::tools {
void FeatureOptions::add_options(CLI::App& command) {
  pictures.add_options(command);
  command
      .add_option("--augment", pictures.augmented,
                  "also take so many turned, zoomed and flipped copies of each picture")
      ->check(CLI::Range(0, 1000));
  model.add_options(command);
}

FeatureTable FeatureOptions::compute(FeatureLayer layer) const {
  const LoadedModel loaded = model.load();
  return FeatureTable::of_pictures(pictures, loaded.scorer, layer);
}

void TrainingCommand::add_options(CLI::App& command) {
  command.add_option("images", source.pictures.images,
                     "files, folders, patterns or .csv files with the columns file,label[,group]");
  source.add_options(command);
  command.add_option("--features", features, "what fliqe embed wrote, instead of pictures");
  command.add_option("-o,--output", output, "the safetensors file to write")->required();
  command.add_option("--split", split, "what stays together in validation")
      ->check(CLI::IsMember({"group", "picture"}))
      ->capture_default_str();
  command.add_option("--validation", validation, "share that is kept for validation")
      ->check(CLI::Range(0.01, 0.9))
      ->capture_default_str();
  command.add_option("--state", state,
                     "a file to go on from; written when training ends or is interrupted");
  command.add_option("--epochs", training.epochs, "at most")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command.add_option("--batch", training.batch, "examples a step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  command.add_option("--learning-rate", training.learning_rate, "of Adam")
      ->check(CLI::Range(1e-8, 1.0))
      ->capture_default_str();
  command.add_option("--patience", training.patience, "epochs without gain before it ends")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command.add_option("--seed", training.seed, "the same seed gives the same file")
      ->capture_default_str();
  command.add_option("--html", html, "write a report with the loss curves: one file");
  command.add_flag("--json", json, "print JSON");
}

FeatureTable TrainingCommand::table(FeatureLayer layer) const {
  require(features.empty() != source.pictures.images.empty(), ErrorCode::invalid_argument,
          "training: expected either pictures or --features");
  return features.empty() ? source.compute(layer) : FeatureTable::read(features);
}

void show_epoch(const train::Epoch& epoch) {
  std::fprintf(stderr, "epoch %3d  training loss %.4f  validation loss %.4f%s\n", epoch.number,
               epoch.training_loss, epoch.validation_loss, epoch.is_best ? "  best" : "");
}

std::string loss_chart(const std::vector<train::Epoch>& epochs) {
  Chart chart{"epoch", "loss", 1, static_cast<double>(epochs.size()) + 0.01, 0, 0.1, {}};
  Series training{"training", {}}, validation{"validation", {}};
  for (const train::Epoch& epoch : epochs) {
    training.points.emplace_back(epoch.number, epoch.training_loss);
    validation.points.emplace_back(epoch.number, epoch.validation_loss);
    chart.y_high = std::max({chart.y_high, epoch.training_loss, epoch.validation_loss});
  }
  chart.series = {training, validation};
  return to_svg(chart);
}

}  // namespace fliqe::tools
