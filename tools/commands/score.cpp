// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fliqe/base/parallel.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/interruption.hpp"
#include "app/model_options.hpp"
#include "app/ordered_pipeline.hpp"
#include "app/progress.hpp"
#include "commands/commands.hpp"
#include "io/inputs.hpp"
#include "io/output.hpp"
#include "io/shard.hpp"
#include "report/score_writer.hpp"
#include "scoring/score_pictures.hpp"

namespace fliqe::tools {
namespace {

struct ScoreOptions {
  std::vector<std::string> inputs;
  std::string list;
  bool recursive = false;
  std::string shard;
  std::string format = "text";
  std::string output;
  int threads = 0;
  int batch = 1;
  std::optional<double> fail_below;
  std::string sort;
  bool embedding = false;
  bool parity = false;
  PrecisionChoice precision;
  std::string weights;
  ThermalOptions thermal;
  bool quiet = false;
};

DecodedPicture decode_input(const Input& input, const ThermalOptions& options) {
  if (!input.error.empty()) {
    return {.result = {.file = input.path, .error = input.error, .error_code = "io"}};
  }
  return decode_for_score([&] { return read_input(input.path); }, input.path, options);
}

/// Who works on what: each worker takes a few pictures at a time from the file to the score, which
/// needs no waiting for each other. With fewer pictures than threads, several work on each.
struct Division {
  int threads;
  std::size_t batch;
  std::size_t batches;
  int workers;

  Division(std::size_t pictures, const ScoreOptions& options)
      : threads(resolve_thread_count(options.threads)) {
    const auto most = static_cast<std::size_t>(threads);
    batch = std::clamp<std::size_t>(pictures / most, 1, static_cast<std::size_t>(options.batch));
    batches = (pictures + batch - 1) / batch;
    workers = static_cast<int>(std::clamp<std::size_t>(batches, 1, most));
  }

  int threads_each() const noexcept { return std::max(1, threads / workers); }
};

class ScoreRun {
 public:
  explicit ScoreRun(const ScoreOptions& options)
      : options_(options),
        inputs_(all_inputs(options)),
        division_(inputs_.size(), options),
        model_(load_model(options.weights, {.threads = division_.threads_each(),
                                            .load_threads = division_.threads,
                                            .max_batch = options.batch,
                                            .parity = options.parity,
                                            .precision = options.precision})),
        output_(options.output),
        writer_(make_score_writer(options.format, options.embedding, output_)),
        progress_("images", inputs_.size(), !options.quiet) {
    model_.scorer.require_score();
  }

  Exit run() {
    catch_interruptions();  // the run ends after the current batch
    writer_->begin(describe_run(model_, division_.threads, threshold()));
    const auto ahead = static_cast<std::size_t>(2 * division_.workers);
    OrderedPipeline<std::size_t, std::vector<DecodedPicture>> scored(
        division_.workers, ahead, numbers_below(division_.batches),
        [this](std::size_t i) { return score_batch(i); });
    while (!is_interrupted()) {
      std::optional<std::vector<DecodedPicture>> batch = scored.next();
      if (!batch) break;
      progress_.clear();  // results may go to the same terminal
      for (DecodedPicture& item : *batch) take(std::move(item.result));
      output_.flush();
      progress_.show(summary_.scored + summary_.failed);
    }
    return finish();
  }

 private:
  std::vector<DecodedPicture> score_batch(std::size_t index) const {
    const std::size_t first = index * division_.batch;
    const std::size_t last = std::min(inputs_.size(), first + division_.batch);
    std::vector<DecodedPicture> batch;
    for (std::size_t i = first; i < last; ++i)
      batch.push_back(decode_input(inputs_[i], options_.thermal));
    tools::score_batch(model_.scorer, batch);
    return batch;
  }

  static std::vector<Input> all_inputs(const ScoreOptions& options) {
    const std::vector<std::string> inputs = with_listed(options.inputs, options.list);
    require(!inputs.empty(), ErrorCode::invalid_argument,
            "nothing to score: name files, folders, patterns or -");
    std::vector<Input> expanded = expand_inputs(inputs, options.recursive);
    if (!options.shard.empty()) keep_shard(expanded, parse_shard(options.shard));
    return expanded;
  }

  static void keep_shard(std::vector<Input>& inputs, const Shard& shard) {
    std::erase_if(inputs, [&](const Input& input) {
      require(input.path != "-", ErrorCode::invalid_argument,
              "--shard: expected files, found standard input");
      return !shard.holds(input.path);
    });
  }

  double threshold() const { return options_.fail_below.value_or(0.5); }

  void take(ScoredImage image) {
    summary_.add(image, threshold());
    if (!image.assessment) std::fprintf(stderr, "fliqe: %s\n", image.error.c_str());
    if (options_.sort.empty()) {
      writer_->entry(image);
    } else {
      held_.push_back(std::move(image));
    }
  }

  /// Worst or best first; what could not be scored comes last, in the order of the input.
  void write_sorted() {
    const bool worst_first = options_.sort == "worst";
    std::ranges::stable_sort(held_, [&](const ScoredImage& a, const ScoredImage& b) {
      if (!a.assessment || !b.assessment) return a.assessment && !b.assessment;
      const double qa = a.assessment->quality, qb = b.assessment->quality;
      return worst_first ? qa < qb : qa > qb;
    });
    for (const ScoredImage& image : held_) writer_->entry(image);
  }

  Exit finish() {
    write_sorted();
    summary_.seconds = progress_.seconds();
    progress_.clear();
    writer_->end(summary_);
    output_.commit();
    if (!options_.quiet) {
      std::fprintf(stderr, "%zu scored, %zu failed, %zu below %g, mean %.4f; %.1f images/s (%s)\n",
                   summary_.scored, summary_.failed, summary_.below, threshold(), summary_.mean(),
                   static_cast<double>(summary_.scored) / std::max(summary_.seconds, 1e-9),
                   arithmetic(model_.scorer).c_str());
    }
    if (!options_.quiet && summary_.from_counts > 0) {
      std::fprintf(stderr, "%zu of them were 16-bit counts, made grey levels by --agc %s\n",
                   summary_.from_counts, to_string(agc_from_string(options_.thermal.agc)).c_str());
    }
    if (is_interrupted()) return Exit::interrupted;
    if (summary_.failed > 0) return Exit::some_failed;
    return options_.fail_below && summary_.below > 0 ? Exit::below_threshold : Exit::success;
  }

  const ScoreOptions& options_;
  std::vector<Input> inputs_;
  Division division_;
  LoadedModel model_;
  Output output_;
  std::unique_ptr<ScoreWriter> writer_;
  Progress progress_;
  Summary summary_;
  std::vector<ScoredImage> held_;
};

}  // namespace

void add_score_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App* command = app.add_subcommand("score", "Score pictures: 1 is good, 0 is distorted");
  command->footer(
      "Exit codes: 0 all scored; 1 a score lies below --fail-below; 2 wrong usage or a fatal "
      "error;\n"
      "3 some files could not be scored (each has a line on standard error, all others are "
      "scored);\n"
      "130 interrupted (what was scored by then is written).");
  command->add_option("inputs", options->inputs,
                      "files, folders, patterns in quotes, or - for a picture on standard input");
  command->add_option("--files-from", options->list,
                      "also the files named in this file, one a line");
  command->add_flag("-r,--recursive", options->recursive, "go into folders of folders");
  command->add_option(
      "--shard", options->shard,
      "I/N: only the I-th of N parts of the files, I from 1; a file's name decides\n"
      "which, so N machines score all of them, each once");
  command->add_option("--format", options->format, "text, csv, json or jsonl")
      ->check(CLI::IsMember({"text", "csv", "json", "jsonl"}));
  command->add_option("-o,--output", options->output, "write results to this file");
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->add_option("--batch", options->batch, "pictures that go through the network at once")
      ->check(CLI::Range(1, 1024));
  command->add_option("--fail-below", options->fail_below, "exit with 1 if a score lies below this")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--sort", options->sort, "worst or best first, instead of input order")
      ->check(CLI::IsMember({"worst", "best"}));
  command->add_flag("--embedding", options->embedding, "add the embedding (not in text)");
  command->add_flag("--parity", options->parity,
                    "direct convolutions only: slower, the rounding error is smaller");
  add_precision_option(*command, options->precision);
  command->add_option(
      "--weights", options->weights,
      ".pth or safetensors file; default: FLIQE_WEIGHTS, else the built-in compact weights");
  options->thermal.add_options(*command);
  options->thermal.add_source_option(*command);
  command->add_flag("-q,--quiet", options->quiet, "no progress and no summary");
  command->callback([options, &result] { result = ScoreRun(*options).run(); });
}

}  // namespace fliqe::tools
