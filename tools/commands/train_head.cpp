// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdio>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/train/optimize.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "support/json.hpp"
#include "support/output.hpp"
#include "support/svg_chart.hpp"
#include "train/feature_table.hpp"
#include "train/head_writer.hpp"

namespace fliqe::tools {
namespace {

/// What embed and train-head share.
struct FeatureOptions {
  PictureSet pictures;
  ModelOptions model;

  void add_options(CLI::App& command) {
    pictures.add_options(command);
    command.add_option("--augment", pictures.augmented,
                       "also take so many turned, zoomed and flipped copies of each picture");
    model.add_options(command);
  }

  FeatureTable compute() const {
    const LoadedModel loaded = model.load();
    const bool shows = stderr_is_terminal();
    FeatureTable table = FeatureTable::of_pictures(pictures, loaded.scorer, [&](std::size_t count) {
      if (shows && count % 10 == 0) std::fprintf(stderr, "\r%zu features", count);
    });
    if (shows) std::fprintf(stderr, "\r\x1b[K");
    return table;
  }
};

struct TrainOptions {
  FeatureOptions source;
  std::string features;
  std::string output;
  std::string positive;
  std::string split = "group";
  double validation = 0.2;
  train::TrainingOptions training;
  std::string html;
  bool json = false;
};

/// Set by Ctrl-C: training ends, and the best so far is written.
volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) {
  interrupted = 1;
}

Confusion confusion_of(train::Network<float>& head, const train::Examples& examples) {
  const train::Matrix<float> logits = head.forward(examples.features, false);
  std::vector<Outcome> outcomes;
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    outcomes.push_back(
        {examples.truth(i, 0) > 0, 1 / (1 + std::exp(-static_cast<double>(logits(i, 0))))});
  }
  return Confusion::of(outcomes);
}

struct Trained {
  train::Network<float> head;
  std::vector<train::Epoch> epochs;
  Confusion training, validation;
};

Trained train_on(const FeatureTable& table, const TrainOptions& options) {
  const Split split = split_rows(table, options.split, options.validation, options.training.seed);
  const auto is_positive = [&](const std::string& label) {
    return options.positive.empty() ? !is_clean_label(label) : label == options.positive;
  };
  const train::Examples training = to_examples(split.training, is_positive);
  const train::Examples validation = to_examples(split.validation, is_positive);
  Random random(options.training.seed);
  Trained result{
      train::binary_head<float>(static_cast<int>(training.features.cols()), random), {}, {}, {}};
  std::signal(SIGINT, on_interrupt);
  result.epochs = train::train_binary(
      result.head, training, validation, options.training, [](const train::Epoch& epoch) {
        std::fprintf(stderr, "epoch %3d  training loss %.4f  validation loss %.4f%s\n",
                     epoch.number, epoch.training_loss, epoch.validation_loss,
                     epoch.is_best ? "  best" : "");
        return interrupted == 0;
      });
  result.training = confusion_of(result.head, training);
  result.validation = confusion_of(result.head, validation);
  return result;
}

Json to_json(const Confusion& confusion) {
  return {
      {"accuracy", rounded9(confusion.accuracy())},
      {"precision", confusion.true_positive > 0 ? Json(rounded9(confusion.precision())) : Json()},
      {"recall", rounded9(confusion.recall())},
      {"f1", rounded9(confusion.f1())},
      {"examples", confusion.positives() + confusion.negatives()}};
}

Json to_json(const Trained& trained) {
  Json json{{"training", to_json(trained.training)}, {"validation", to_json(trained.validation)}};
  for (const train::Epoch& epoch : trained.epochs) {
    json["epochs"].push_back({{"number", epoch.number},
                              {"training_loss", rounded9(epoch.training_loss)},
                              {"validation_loss", rounded9(epoch.validation_loss)},
                              {"learning_rate", rounded9(epoch.learning_rate)},
                              {"is_best", epoch.is_best}});
  }
  return json;
}

std::string summary(const char* name, const Confusion& confusion) {
  char text[160];
  std::snprintf(text, sizeof(text),
                "%-11s %6zu examples  accuracy %.4f  precision %.4f  recall %.4f  F1 %.4f\n", name,
                confusion.positives() + confusion.negatives(), confusion.accuracy(),
                confusion.precision(), confusion.recall(), confusion.f1());
  return text;
}

std::string to_html(const Trained& trained) {
  Chart chart{"epoch", "loss", 1, static_cast<double>(trained.epochs.size()) + 0.01, 0, 0.1, {}};
  Series training{"training", {}}, validation{"validation", {}};
  for (const train::Epoch& epoch : trained.epochs) {
    training.points.emplace_back(epoch.number, epoch.training_loss);
    validation.points.emplace_back(epoch.number, epoch.validation_loss);
    chart.y_high = std::max({chart.y_high, epoch.training_loss, epoch.validation_loss});
  }
  chart.series = {training, validation};
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>fliqe train-head"
         "</title><style>" +
         std::string(chart_style()) +
         "</style></head><body>\n<h1>Training of the head</h1>\n<pre>" +
         escaped(summary("training", trained.training) +
                 summary("validation", trained.validation)) +
         "</pre>\n" + to_svg(chart) + "</body></html>\n";
}

Exit train_head(const TrainOptions& options) {
  Eigen::setNbThreads(1);  // so that sums do not depend on the number of threads
  const FeatureTable table =
      options.features.empty() ? options.source.compute() : FeatureTable::read(options.features);
  const Trained trained = train_on(table, options);
  const std::string path = chosen_weights(options.source.model.weights);
  const std::string file =
      with_head(open_weights(path), trained.head,
                {{"head_examples", std::to_string(table.rows.size())},
                 {"head_positive", options.positive.empty() ? "distorted" : options.positive},
                 {"head_seed", std::to_string(options.training.seed)},
                 {"head_validation_f1", digits9(trained.validation.f1())}});
  write_file(options.output, file);
  if (!options.html.empty()) write_file(options.html, to_html(trained));
  std::printf("%s", options.json ? (dump(to_json(trained), 2) + "\n").c_str()
                                 : (summary("training", trained.training) +
                                    summary("validation", trained.validation))
                                       .c_str());
  return interrupted != 0 ? Exit::interrupted : Exit::success;
}

}  // namespace

void add_embed_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<FeatureOptions>();
  auto output = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "embed", "Write the embeddings of pictures with their labels: a .csv file to train on");
  command
      ->add_option("images", options->pictures.images,
                   "files, folders, patterns or .csv files with the columns file,label[,group]")
      ->required();
  options->add_options(*command);
  command->add_option("-o,--output", *output, "default: standard output");
  command->callback([options, output] { write_file(*output, options->compute().to_csv()); });
}

void add_train_head_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command =
      app.add_subcommand("train-head", "Train the binary head for your own camera, on the CPU");
  command->footer(
      "The encoder stays as it is, its batch normalisation statistics included (those of the\n"
      "Python project drift while its head is trained). Labels as for fliqe eval.\n"
      "Validation keeps whole folders (groups) apart, or with --split picture all versions of a\n"
      "picture: frames of one video on both sides would make the figures look better than they "
      "are.\n"
      "Ctrl-C ends the training and writes the best head so far.");
  command->add_option("images", options->source.pictures.images,
                      "files, folders, patterns or .csv files with the columns file,label[,group]");
  options->source.add_options(*command);
  command->add_option("--features", options->features,
                      "what fliqe embed wrote, instead of pictures");
  command->add_option("-o,--output", options->output, "the safetensors file to write")->required();
  command->add_option("--positive", options->positive,
                      "the label that counts as bad (quality 0); default: all but the clean ones");
  command->add_option("--split", options->split, "what stays together in validation")
      ->check(CLI::IsMember({"group", "picture"}))
      ->capture_default_str();
  command->add_option("--validation", options->validation, "share that is kept for validation")
      ->check(CLI::Range(0.01, 0.9))
      ->capture_default_str();
  command->add_option("--epochs", options->training.epochs, "at most")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--batch", options->training.batch, "examples a step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  command->add_option("--learning-rate", options->training.learning_rate, "of Adam")
      ->check(CLI::Range(1e-8, 1.0))
      ->capture_default_str();
  command
      ->add_option("--patience", options->training.patience, "epochs without gain before it ends")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--seed", options->training.seed, "the same seed gives the same file")
      ->capture_default_str();
  command->add_option("--html", options->html, "write a report with the loss curves: one file");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([options, &result] {
    detail::require(options->features.empty() != options->source.pictures.images.empty(),
                    ErrorCode::invalid_argument, "train-head: expected pictures or --features");
    result = train_head(*options);
  });
}

}  // namespace fliqe::tools
