// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <filesystem>
#include <fliqe/train/trainer.hpp>
#include <string>

#include "app/interruption.hpp"
#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"
#include "train/feature_table.hpp"
#include "train/training_state.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// Pictures and a network that turns them into numbers.
struct FeatureOptions {
  PictureSet pictures;
  ModelOptions model;

  void add_options(CLI::App& command);
  FeatureTable compute(FeatureLayer layer) const;
};

/// What all commands that train share.
struct TrainingCommand {
  FeatureOptions source;
  std::string features;
  std::string output;
  std::string split = "group";
  double validation = 0.2;
  std::string state;
  train::TrainingOptions training;
  std::string html;
  bool json = false;

  void add_options(CLI::App& command);
  /// @throws Error `invalid_argument` unless there are either pictures or features
  FeatureTable table(FeatureLayer layer) const;
};

/// What is said for training's help.
inline constexpr const char* training_footer =
    "The trunk stays as it is, its batch normalisation statistics included (those of the Python\n"
    "project drift while its head is trained). Labels as for fliqe eval.\n"
    "Validation keeps whole folders (groups) apart, or with --split picture all versions of a\n"
    "picture: frames of one video on both sides would make the figures look better than they are.\n"
    "Ctrl-C ends the training and writes the best so far; with --state the same command goes on.";

/// A line on standard error for an epoch.
void show_epoch(const train::Epoch& epoch);

/// Trains, going on from the file `command.state` if there is one, and writing there what is
/// needed to go on later.
template <class LossFunction>
void run_training(train::TrainingState& state, const train::Examples& training,
                  const train::Examples& validation, const LossFunction& loss,
                  const std::string& loss_name, const TrainingCommand& command) {
  const std::string identity = fingerprint(training, validation, command.training, loss_name);
  const bool stores = !command.state.empty();
  if (stores && std::filesystem::exists(command.state)) {
    read_state(command.state, state, identity);
    std::fprintf(stderr, "going on after epoch %zu of %s\n", state.epochs.size(),
                 command.state.c_str());
  }
  catch_interruptions();  // training ends after the running epoch
  train::train(state, training, validation, loss, command.training, [&](const auto& epoch) {
    show_epoch(epoch);
    return !is_interrupted();
  });
  if (stores) write_state(command.state, state, identity);
}

/// The curves of training and validation loss.
std::string loss_chart(const std::vector<train::Epoch>& epochs);

}  // namespace fliqe::tools
