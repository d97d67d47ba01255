// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/commands.hpp"
#include "dataset/split.hpp"
#include "eval/baselines.hpp"
#include "eval/class_evaluation.hpp"
#include "eval/evaluation.hpp"
#include "eval/ladders.hpp"
#include "eval/opinions.hpp"
#include "io/csv.hpp"
#include "io/output.hpp"

namespace fliqe::tools {
namespace {

struct EvalOptions {
  PictureSet pictures;
  std::vector<std::string> platt;
  double platt_share = 0;
  std::string split = "group";
  std::string beside;
  double threshold = 0.5;
  bool robustness = false;
  std::string opinions, opinion_column;
  bool lower_is_better = false;
  BootstrapOptions bootstrap;
  bool ladders = false;
  std::vector<std::string> faults;
  double tolerance = 0.02;
  bool json = false;
  std::string html;
  std::string scores;
  ModelOptions model;
};

/// Prints a report, and writes its page if the user wants one.
template <class Report>
void publish(const Report& report, const EvalOptions& options) {
  std::printf("%s",
              options.json ? (dump(to_json(report), 2) + "\n").c_str() : to_text(report).c_str());
  if (!options.html.empty()) write_file(options.html, to_html(report));
}

Exit exit_for(std::size_t failed) {
  return failed == 0 ? Exit::success : Exit::some_failed;
}

std::string scores_table(const Evaluation& evaluation) {
  std::string table =
      csv_row({"file", "label", "group", "distorted", "quality", "logit", "sharpness"});
  for (const ScoredPicture& each : evaluation.pictures) {
    table += csv_row({each.path, each.label, each.source, each.distorted() ? "1" : "0",
                      digits9(each.quality), digits9(each.logit), digits9(each.sharpness)});
  }
  return table;
}

/// The groups (or pictures) to fit probabilities to instead of evaluating them.
std::set<std::string> units_for_platt(const EvalOptions& options) {
  constexpr std::uint64_t seed = 1;
  if (options.platt_share == 0) return {};
  return keep_apart(options.pictures.units(options.split), options.platt_share, seed);
}

/// Takes the pictures of these units away from `pictures`.
std::vector<ScoredPicture> take_units(const std::set<std::string>& units, const std::string& split,
                                      std::vector<ScoredPicture>& pictures) {
  const auto first_taken = std::stable_partition(
      pictures.begin(), pictures.end(),
      [&](const ScoredPicture& each) { return !units.contains(unit_of(each, split)); });
  std::vector<ScoredPicture> taken(first_taken, pictures.end());
  pictures.erase(first_taken, pictures.end());
  return taken;
}

Exit run_with_classes(const EvalOptions& options, const LoadedModel& model) {
  require(options.platt.empty() && options.platt_share == 0 && options.beside.empty() &&
              !options.pictures.distorted,
          ErrorCode::invalid_argument,
          model.source +
              ": has a head of classes: --platt, --platt-share, --beside and --distort "
              "are for scores (--robustness takes pictures under faults)");
  std::size_t failed = 0;
  ClassEvaluation evaluation =
      evaluate_classes(options.pictures, model.scorer, options.robustness, failed);
  if (!options.scores.empty()) write_file(options.scores, classes_table(evaluation));
  evaluation.model = model.source;
  evaluation.median_milliseconds = milliseconds_per_picture(model.scorer);
  evaluation.arithmetic = arithmetic(model.scorer);
  publish(evaluation, options);
  return exit_for(failed);
}

Exit run_with_labels(const EvalOptions& options) {
  // What can be wrong with the arguments comes first: it should not cost hours.
  const std::set<std::string> platt_units = units_for_platt(options);
  std::optional<BaselineTable> beside;
  if (!options.beside.empty()) beside.emplace(options.beside);
  const LoadedModel model = options.model.load();
  if (!model.scorer.has_score() && !model.scorer.classes().empty()) {
    return run_with_classes(options, model);
  }
  std::size_t failed = 0;
  std::optional<PlattScaling> platt;
  if (!options.platt.empty()) {
    PictureSet others = options.pictures;
    others.images = options.platt;
    platt = fit_platt(score_all(others, model.scorer, failed));
  }
  std::vector<ScoredPicture> pictures = score_all(options.pictures, model.scorer, failed);
  if (!platt_units.empty()) {
    platt = fit_platt(take_units(platt_units, options.split, pictures));
    require(!pictures.empty(), ErrorCode::invalid_argument,
            "no picture is left to evaluate: all that could be read are of the "
            "--platt-share");
  }
  Evaluation evaluation = evaluate(std::move(pictures), options.threshold, platt);
  if (!options.scores.empty()) write_file(options.scores, scores_table(evaluation));
  evaluation.baselines = baseline_measures(evaluation.pictures, beside);
  if (options.robustness) {
    evaluation.robustness = robustness_curves(options.pictures, model.scorer);
  }
  evaluation.model = model.source;
  evaluation.median_milliseconds = milliseconds_per_picture(model.scorer);
  evaluation.arithmetic = arithmetic(model.scorer);
  publish(evaluation, options);
  return exit_for(failed);
}

Exit run_with_opinions(const EvalOptions& options) {
  OpinionTable table = read_opinions(options.opinions, options.opinion_column);
  const LoadedModel model = options.model.load();
  const std::size_t failed = score_opinions(table, options.pictures, model.scorer);
  if (!options.scores.empty()) write_file(options.scores, opinions_table(table));
  BootstrapOptions bootstrap = options.bootstrap;
  bootstrap.threads = options.model.threads;
  OpinionReport report = compare_opinions(std::move(table), options.lower_is_better,
                                          options.split == "group", bootstrap);
  report.model = model.source;
  report.arithmetic = arithmetic(model.scorer);
  publish(report, options);
  return exit_for(failed);
}

Exit run_ladders(const EvalOptions& options) {
  const std::vector<GradedFault> faults =
      options.faults.empty() ? trained_faults() : graded_faults(options.faults);
  PictureSet clean = options.pictures;
  clean.distorted = true;  // whatever they are called
  const LoadedModel model = options.model.load();
  std::size_t failed = 0;
  LadderReport report{options.tolerance, {}, {}, model.source, arithmetic(model.scorer)};
  report.faults = climb(clean, faults, model.scorer, report.pictures, failed);
  if (!options.scores.empty()) write_file(options.scores, ladders_table(report));
  publish(report, options);
  return exit_for(failed);
}

Exit run(const EvalOptions& options) {
  if (!options.opinions.empty()) return run_with_opinions(options);
  require(!options.pictures.images.empty(), ErrorCode::invalid_argument,
          "eval: expected pictures, or a table of opinion scores with --opinions; found neither" +
              std::string(options.scores.empty() ? "" : " (--scores names a table to write)"));
  return options.ladders ? run_ladders(options) : run_with_labels(options);
}

/// What makes no sense together with `mode`.
void exclude(CLI::App& command, CLI::Option* mode, const std::vector<std::string>& others) {
  for (const std::string& each : others) mode->excludes(command.get_option(each));
}

void add_opinion_options(CLI::App& command, EvalOptions& options) {
  CLI::Option* opinions = command.add_option(
      "--opinions", options.opinions,
      "a .csv file with people's opinion scores: columns file (beside the table) and mos, dmos,\n"
      "opinion or score, perhaps group; prints SROCC, KROCC, PLCC and RMSE");
  exclude(command, opinions,
          {"images", "--distort", "--platt", "--platt-share", "--beside", "--robustness",
           "--threshold"});
  command
      .add_option("--opinion-column", options.opinion_column,
                  "the column of the scores, where it has another name")
      ->needs(opinions);
  command
      .add_flag("--lower-is-better", options.lower_is_better,
                "of opinion scores, as differential ones (DMOS) have it")
      ->needs(opinions);
  command
      .add_option("--bootstrap", options.bootstrap.resamples,
                  "how often pictures are drawn anew for the 95 % intervals")
      ->check(CLI::Range(100, 100000))
      ->needs(opinions)
      ->capture_default_str();
  command.add_option("--seed", options.bootstrap.seed, "of these draws: the same gives the same")
      ->needs(opinions)
      ->capture_default_str();
}

void add_ladder_options(CLI::App& command, EvalOptions& options) {
  CLI::Option* ladders =
      command.add_flag("--ladders", options.ladders,
                       "take each (clean) picture under each fault at rising strengths, and print\n"
                       "how often quality falls from step to step");
  exclude(command, ladders,
          {"--opinions", "--distort", "--platt", "--platt-share", "--beside", "--robustness",
           "--threshold", "--split"});
  command
      .add_option("--faults", options.faults,
                  "which, of the eight trained ones (default), ColumnNoise, DeadPixels, Vignetting")
      ->delimiter(',')
      ->needs(ladders);
  command
      .add_option("--tolerance", options.tolerance,
                  "differences of quality up to this count as none")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(ladders)
      ->capture_default_str();
}

}  // namespace

void add_eval_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app.add_subcommand(
      "eval",
      "Measure how well scores tell good pictures from bad ones, or classes are told apart");
  command->footer(
      "Labels are the names of the folders, or the column \"label\" of a .csv file; \"clean\",\n"
      "\"good\" and 0 stand for pictures without faults. With --distort every picture counts as\n"
      "clean and is taken under the nine distortions. Positive means distorted.\n"
      "With weights of fliqe train-head --multiclass the labels are their classes.\n"
      "Pictures for --platt should come from other scenes than those that are evaluated: frames\n"
      "of one video are no independent test.");
  command->add_option("images,--images", options->pictures.images,
                      "files, folders, patterns or .csv files with the columns file,label[,group]");
  options->pictures.add_options(*command);
  CLI::Option* others =
      command->add_option("--platt", options->platt,
                          "other labelled pictures, to fit probabilities to (Platt scaling)");
  command
      ->add_option("--platt-share", options->platt_share,
                   "the same with a share of the pictures, which are not evaluated then")
      ->check(CLI::Range(0.01, 0.9))
      ->excludes(others);
  command
      ->add_option("--split", options->split,
                   "what --platt-share leaves together, and --opinions draws: folders or groups, "
                   "or\nsingle pictures")
      ->check(CLI::IsMember({"group", "picture"}))
      ->capture_default_str();
  command->add_option("--beside", options->beside,
                      "a .csv file with columns of other measures (BRISQUE, say) of the same "
                      "files,\nto compare with; columns file and label as --scores writes them");
  command->add_option("--threshold", options->threshold, "below this quality: distorted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--robustness", options->robustness,
                    "also show the mean quality of clean pictures under growing distortions; with "
                    "a\nhead of classes, how well they are told apart under each trained one");
  add_opinion_options(*command, *options);
  add_ladder_options(*command, *options);
  command->add_flag("--json", options->json, "print JSON");
  command->add_option("--html", options->html, "write a report with drawings: one file");
  command->add_option("--scores", options->scores, "write the score of every picture: a .csv file");
  options->model.add_options(*command);
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace fliqe::tools
