// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fliqe/model/check_weights.hpp>
#include <set>
#include <string>
#include <vector>

#include "app/interruption.hpp"
#include "commands/commands.hpp"
#include "io/output.hpp"
#include "report/html.hpp"
#include "train/head_report.hpp"
#include "train/model_writer.hpp"
#include "train/stored_network.hpp"
#include "train/training_run.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

struct HeadOptions {
  TrainingCommand common;
  std::string positive;
  bool multiclass = false;
  bool causes = false;
  std::string add;
  bool fine_tune = false;
};

/// Which labels are which class.
class Classes {
 public:
  Classes(const FeatureTable& table, const HeadOptions& options) : positive_(options.positive) {
    if (!options.multiclass && !options.causes) {
      const bool is_quality = positive_.empty();
      names_ = {is_quality ? "clean" : "not " + positive_, is_quality ? "distorted" : positive_};
      return;
    }
    std::set<std::string> labels;
    for (const FeatureRow& row : table.rows) labels.insert(row.label);
    names_.assign(labels.begin(), labels.end());
    is_multiclass_ = true;
    const std::string command = options.causes ? "train-head --causes" : "train-head --multiclass";
    const std::size_t least = options.causes ? 2 : 3;
    require(names_.size() >= least, ErrorCode::invalid_argument,
            command + ": expected at least " + std::to_string(least) + " labels" +
                (options.causes ? " of faults" : "") + ", found " + std::to_string(names_.size()));
    for (const std::string& name : names_) {
      require(name.find('\n') == name.npos, ErrorCode::invalid_argument,
              command + ": expected labels of one line, found '" + name + "'");
    }
  }

  const std::vector<std::string>& names() const noexcept { return names_; }
  int count() const noexcept { return static_cast<int>(names_.size()); }
  bool is_multiclass() const noexcept { return is_multiclass_; }

  int of_label(const std::string& label) const {
    if (is_multiclass_) {
      return static_cast<int>(std::ranges::lower_bound(names_, label) - names_.begin());
    }
    return (positive_.empty() ? !is_clean_label(label) : label == positive_) ? 1 : 0;
  }

  /// As weights files note them.
  std::string text() const {
    std::string text;
    for (const std::string& name : names_) text += (text.empty() ? "" : "\n") + name;
    return text;
  }

 private:
  std::string positive_;
  bool is_multiclass_ = false;
  std::vector<std::string> names_;
};

/// Embeddings from a trunk's features, if that is what the examples hold.
void project(train::Examples& examples, const weights::TensorSet& base,
             const model::WeightsCheck& check) {
  if (examples.features.cols() == check.spec.embedding) return;
  require(examples.features.cols() == check.spec.features(), ErrorCode::invalid_argument,
          base.name() + ": expected features of " + std::to_string(check.spec.embedding) + " or " +
              std::to_string(check.spec.features()) + " numbers, found " +
              std::to_string(examples.features.cols()));
  require(check.kind != model::ModelKind::trunk, ErrorCode::no_such_capability,
          base.name() + ": expected an encoder, found a bare trunk");
  Random random(0);
  auto projection = train::projection_head<float>(check.spec, random);
  load_network(projection, base, std::string(model::prefixes(check.kind).projection));
  examples.features = projection.forward(examples.features, false);
}

HeadReport train(train::Network<float>& head, const FeatureTable& table, const Classes& classes,
                 const weights::TensorSet& base, const model::WeightsCheck& check,
                 const TrainingCommand& command) {
  const Split split = split_rows(table, command.split, command.validation, command.training.seed);
  const auto examples_of = [&](const std::vector<const FeatureRow*>& rows) {
    train::Examples examples = to_examples(
        rows, classes.count(), [&](const std::string& label) { return classes.of_label(label); });
    project(examples, base, check);
    return examples;
  };
  const train::Examples training = examples_of(split.training);
  const train::Examples validation = examples_of(split.validation);
  train::TrainingState state(head);
  if (!classes.is_multiclass()) {
    run_training(state, training, validation, train::BinaryCrossEntropy{}, "binary", command);
  } else {
    run_training(state, training, validation, train::CrossEntropy{}, "multiclass", command);
  }
  head = state.best;
  const auto count = static_cast<std::size_t>(classes.count());
  return {classes.names(), confusion_of(head, training, count),
          confusion_of(head, validation, count), state.epochs};
}

/// The name of a head that keeps the others; empty: it replaces them.
std::string name_to_add(const HeadOptions& options) {
  return options.causes ? "causes" : options.add;
}

HeadKind kind_of(const HeadOptions& options) {
  if (options.causes) return HeadKind::causes;
  return options.multiclass ? HeadKind::classes : HeadKind::score;
}

/// The head to be trained: of the shape of the weights' first head.
HeadSpec head_spec(const NetworkSpec& network, const Classes& classes, const HeadOptions& options) {
  HeadSpec head = network.heads.empty() ? HeadSpec{} : network.heads.front();
  head.kind = kind_of(options);
  head.classes.clear();
  if (classes.is_multiclass()) head.classes = classes.names();
  head.name = classes.is_multiclass() ? "classes" : "quality";
  const std::string added = name_to_add(options);
  if (!added.empty()) {
    head.name = added;
    head.prefix = added + ".";
  }
  return head;
}

Exit train_head(const HeadOptions& options) {
  Eigen::setNbThreads(1);  // so that sums do not depend on the number of threads
  const TrainingCommand& command = options.common;
  FeatureTable table = command.table(FeatureLayer::embedding);
  if (options.causes) {
    std::erase_if(table.rows, [](const FeatureRow& row) { return is_clean_label(row.label); });
  }
  const Classes classes(table, options);
  const weights::TensorSet base = open_weights(resolve_weights(command.source.model.weights));
  Random random(command.training.seed);
  const model::WeightsCheck check = model::check_weights(base);
  const HeadSpec spec = head_spec(check.spec, classes, options);
  auto head = train::classifier_head<float>(spec, check.spec.embedding, random);
  if (options.fine_tune) load_network(head, base, spec.prefix);
  const HeadReport report = train(head, table, classes, base, check, command);
  write_safetensors(command.output,
                    with_head(base, spec, !name_to_add(options).empty(), head,
                              {{"head_examples", std::to_string(table.rows.size())},
                               {"head_seed", std::to_string(command.training.seed)},
                               {"head_validation_f1", digits9(f1_of(report.validation))},
                               {model::classes_key, classes.text()}}));
  if (!command.html.empty()) write_file(command.html, to_html(report));
  const std::string text = command.json ? dump(to_json(report), 2) + "\n" : to_text(report);
  std::printf("%s", text.c_str());
  return is_interrupted() ? Exit::interrupted : Exit::success;
}

}  // namespace

void add_train_head_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<HeadOptions>();
  CLI::App* command = app.add_subcommand(
      "train-head", "Train a head for your own camera or your own labels, on the CPU");
  command->footer(training_footer);
  options->common.add_options(*command);
  CLI::Option* positive = command->add_option(
      "--positive", options->positive,
      "the label that counts as bad (quality 0); default: all but the clean ones");
  command
      ->add_flag("--multiclass", options->multiclass,
                 "a class for each label, for fliqe classify, instead of good and bad")
      ->excludes(positive);
  CLI::Option* multiclass = command->get_option("--multiclass");
  CLI::Option* add = command->add_option(
      "--add", options->add,
      "add the head under this name to those that the weights have, instead of\n"
      "replacing them: one pass then gives the results of all");
  command
      ->add_flag("--causes", options->causes,
                 "add a head that names the fault of a picture with a low quality: each label is\n"
                 "a fault, clean pictures are left out")
      ->excludes(positive)
      ->excludes(multiclass)
      ->excludes(add);
  command->add_flag("--fine-tune", options->fine_tune,
                    "begin with the head that the weights have instead of a new one");
  command->callback([options, &result] { result = train_head(*options); });
}

}  // namespace fliqe::tools
