// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "dataset/picture_set.hpp"
#include "quantize/score_differences.hpp"

namespace fliqe::tools {
namespace {

struct CompareOptions {
  PictureSet pictures;
  std::string weights;
  std::string quantized;
  std::string precision = "int8";
  int threads = 0;
};

void print_row(const std::string& name, const ScoreDifferences& differences) {
  std::printf("%-24s %8zu %8.4f %8.4f %8.4f %8.4f %7.2f %%\n", name.c_str(), differences.count(),
              differences.mean(), differences.quantile(0.99), differences.largest(),
              differences.rank_correlation(), 100 * differences.flipped());
}

Exit compare(const CompareOptions& options) {
  const LoadedModel reference =
      load_model(options.weights, {.threads = options.threads, .precision = PrecisionKind::f32});
  const LoadedModel other = load_model(
      options.quantized.empty() ? options.weights : options.quantized,
      {.threads = options.threads, .precision = PrecisionChoice::from_string(options.precision)});
  std::map<std::string, ScoreDifferences> groups;
  ScoreDifferences all;
  const std::size_t failed = options.pictures.for_each([&](const KnownPicture& picture) {
    const double expected = reference.scorer.estimate_image_quality(picture.image);
    const double found = other.scorer.estimate_image_quality(picture.image);
    groups[picture.label].add(expected, found);
    all.add(expected, found);
  });
  std::fprintf(stderr, "%s (%s) against %s (%s)\n", other.source.c_str(),
               arithmetic(other.scorer).c_str(), reference.source.c_str(),
               arithmetic(reference.scorer).c_str());
  std::printf("%-24s %8s %8s %8s %8s %8s %9s\n", "pictures", "number", "mean", "p99", "max", "rank",
              "flipped");
  for (const auto& [name, differences] : groups) print_row(name, differences);
  if (groups.size() > 1) print_row("all", all);
  return failed == 0 ? Exit::success : Exit::some_failed;
}

}  // namespace

void add_compare_precision_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(
      "compare-precision",
      "Show how scores in bf16 or int8 differ from those in f32, by folder or distortion");
  command->footer(
      "Columns: mean, 99th percentile and largest difference of the quality, Spearman's rank\n"
      "correlation, and the share of pictures that change sides at 0.5.");
  options->pictures.add_images_option(*command)->required();
  command->add_option("--precision", options->precision, "bf16 or int8")
      ->check(CLI::IsMember({"bf16", "int8"}));
  command->add_option("--quantized", options->quantized,
                      "weights for it: what `fliqe quantize` made; default: those in f32");
  command->add_option("--weights", options->weights,
                      "the same in f32; default: FLIQE_WEIGHTS, else the built-in weights");
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->callback([options, &result] { result = compare(*options); });
}

}  // namespace fliqe::tools
