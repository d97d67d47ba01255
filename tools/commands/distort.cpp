// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/distortion/simulate.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "images/contact_sheet.hpp"
#include "images/decode.hpp"
#include "images/encode.hpp"
#include "io/inputs.hpp"

namespace fliqe::tools {
namespace {

struct DistortOptions {
  std::string input;
  std::string output;
  std::string type;
  std::vector<std::string> parameters;
  std::uint64_t seed = 0;
  bool legacy = false;
  bool list = false;
  std::string weights;
};

void print_list() {
  std::printf("%-16s %-66s %s\n", "type", "meaning", "parameters");
  for (const DistortionInfo& each : distortions) {
    std::printf("%-16s %-66s", std::string(each.name).c_str(), std::string(each.meaning).c_str());
    for (const DistortionParameter& parameter : each.parameters) {
      if (parameter.name.empty()) continue;
      std::printf(" %s=%.3g", std::string(parameter.name).c_str(), parameter.standard);
    }
    std::printf("\n");
  }
}

DistortionSpec spec_of(const DistortOptions& options) {
  const std::optional<Distortion> kind = distortion_from_string(options.type);
  require(kind.has_value(), ErrorCode::invalid_argument,
          "--type: expected a name that --list shows, found '" + options.type + "'");
  DistortionSpec spec(*kind);
  for (const std::string& each : options.parameters) {
    const std::size_t equals = each.find('=');
    double value = 0;
    require(
        equals != std::string::npos && CLI::detail::lexical_cast(each.substr(equals + 1), value),
        ErrorCode::invalid_argument, "--param: expected name=number, found '" + each + "'");
    spec.set(each.substr(0, equals), value);
  }
  return spec.set_legacy(options.legacy);
}

/// The nine classes with their scores.
Image labelled_sheet(const Image& image, const DistortOptions& options) {
  const LoadedModel model = load_model(options.weights, {});
  std::vector<LabelledImage> cells;
  for (const DistortionInfo& each : trained_distortions()) {
    Image distorted = distort(image, DistortionSpec(each.kind).set_legacy(options.legacy),
                              options.seed, through_jpeg);
    const double quality = model.scorer.estimate_image_quality(distorted);
    char score[16];
    std::snprintf(score, sizeof(score), " %.3f", quality);
    const Bgr color = get_color(quality);
    cells.push_back({std::move(distorted),
                     std::string(each.name) + score,
                     {color.red, color.green, color.blue}});
  }
  return contact_sheet(cells, 3);
}

void distort_file(const DistortOptions& options) {
  if (options.list) return print_list();
  require(!options.input.empty() && !options.output.empty(), ErrorCode::invalid_argument,
          "distort: expected a picture and --output");
  const Image image = decode(read_input(options.input), options.input);
  write_image(options.output, options.type.empty()
                                  ? labelled_sheet(image, options)
                                  : distort(image, spec_of(options), options.seed, through_jpeg));
}

}  // namespace

void add_distort_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<DistortOptions>();
  CLI::App* command = app.add_subcommand(
      "distort", "Spoil a picture, or show what the nine trained distortions do to its score");
  command->footer("Without --type: a sheet of all nine, with names and scores.");
  command->add_option("input", options->input, "a picture, or - for standard input");
  command->add_option("-o,--output", options->output, "a .png or .jpg file");
  command->add_option("--type", options->type, "one of those that --list shows");
  command->add_option("--param", options->parameters, "name=value, for the type's parameters");
  command->add_option("--seed", options->seed, "the same seed gives the same picture");
  command->add_flag("--legacy", options->legacy,
                    "noise as in the Python project: it wraps around and colours grey pictures");
  command->add_flag("--list", options->list, "show all types and their parameters");
  command->add_option("--weights", options->weights,
                      "for the scores; default: FLIQE_WEIGHTS, else the built-in weights");
  command->callback([options] { distort_file(*options); });
}

}  // namespace fliqe::tools
