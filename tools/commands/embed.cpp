// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "commands/commands.hpp"
#include "train/training_run.hpp"

namespace fliqe::tools {

void add_embed_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<FeatureOptions>();
  auto output = std::make_shared<std::string>();
  auto layer = std::make_shared<FeatureLayer>(FeatureLayer::embedding);
  CLI::App* command = app.add_subcommand(
      "embed", "Write the embeddings of pictures with their labels, to train on or to look at");
  command->footer(
      "A .npy file holds the numbers; the names stand beside it in a .csv file of the same name.");
  command
      ->add_option("images", options->pictures.images,
                   "files, folders, patterns or .csv files with the columns file,label[,group]")
      ->required();
  options->add_options(*command);
  const std::map<std::string, FeatureLayer> layers{{"embedding", FeatureLayer::embedding},
                                                   {"trunk", FeatureLayer::trunk}};
  command
      ->add_option("--layer", *layer,
                   "embedding: the 128 numbers before the head; trunk: the features before the\n"
                   "projection head, for fliqe train-encoder")
      ->transform(CLI::CheckedTransformer(layers));
  command->add_option("-o,--output", *output,
                      "a .csv or .npy file; default: CSV on standard output");
  command->callback([=] { options->compute(*layer).write(*output); });
}

}  // namespace fliqe::tools
