// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/eval/tsne.hpp>
#include <string>
#include <vector>

#include "app/progress.hpp"
#include "commands/commands.hpp"
#include "io/csv.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "report/scatter.hpp"
#include "train/training_run.hpp"

namespace fliqe::tools {
namespace {

struct TsneCommand {
  FeatureOptions source;
  std::string features;
  TsneOptions options;
  std::string output;
  std::string svg;
};

TsneResult placed(const FeatureTable& table, const TsneOptions& options) {
  train::Matrix<float> rows(static_cast<Eigen::Index>(table.rows.size()),
                            static_cast<Eigen::Index>(table.width()));
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    rows.row(i) = Eigen::Map<const train::Row<float>>(
        table.rows[static_cast<std::size_t>(i)].values.data(), rows.cols());
  }
  Progress progress("steps", static_cast<std::size_t>(options.iterations));
  return tsne(rows, options, [&](int step) {
    progress.show(static_cast<std::size_t>(step));
    return true;
  });
}

std::string to_csv(const FeatureTable& table, const TsneResult& result) {
  std::string csv = csv_row({"file", "label", "group", "x", "y"});
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const FeatureRow& row = table.rows[i];
    csv += csv_row({row.path, row.label, row.source, digits9(result.points[i][0]),
                    digits9(result.points[i][1])});
  }
  return csv;
}

std::string to_svg(const FeatureTable& table, const TsneResult& result) {
  std::vector<ScatterPoint> points;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const FeatureRow& row = table.rows[i];
    points.push_back({result.points[i], row.label, row.path + ", " + row.label});
  }
  return scatter_svg(points, "t-SNE of " + std::to_string(points.size()) + " pictures");
}

void run(const TsneCommand& command) {
  require(command.features.empty() != command.source.pictures.images.empty(),
          ErrorCode::invalid_argument, "tsne: expected either pictures or --features");
  const FeatureTable table = command.features.empty()
                                 ? command.source.compute(FeatureLayer::embedding)
                                 : FeatureTable::read(command.features);
  const TsneResult result = placed(table, command.options);
  write_file(command.output, to_csv(table, result));
  if (!command.svg.empty()) write_file(command.svg, to_svg(table, result));
  std::fprintf(stderr, "%zu pictures placed, Kullback-Leibler divergence %.4f\n", table.rows.size(),
               result.divergence);
}

}  // namespace

void add_tsne_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<TsneCommand>();
  CLI::App* command = app.add_subcommand(
      "tsne", "Place pictures in the plane by their embeddings (t-SNE): what looks alike is near");
  command->footer(
      "Distances between clusters and their sizes mean little; which pictures are neighbours\n"
      "does. The same seed gives the same picture.");
  command->add_option("images", options->source.pictures.images,
                      "files, folders, patterns or .csv files with the columns file,label[,group]");
  options->source.add_options(*command);
  command->add_option("--features", options->features,
                      "what fliqe embed wrote, instead of pictures");
  command
      ->add_option("--perplexity", options->options.perplexity, "about how many neighbours count")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  command->add_option("--angle", options->options.angle, "of Barnes and Hut; 0: exact, slow")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--iterations", options->options.iterations, "steps")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seed", options->options.seed)->capture_default_str();
  command->add_option("-o,--output", options->output,
                      "a table of file, label, group, x and y; default: standard output");
  command->add_option("--svg", options->svg, "a drawing, coloured by label");
  command->callback([options] {
    options->options.threads = options->source.model.threads;
    run(*options);
  });
}

}  // namespace fliqe::tools
