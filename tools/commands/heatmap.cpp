// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fliqe/quality/heat_map.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/causes.hpp"
#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "images/encode.hpp"
#include "images/heat_overlay.hpp"
#include "images/ramp.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "pictures/picture.hpp"

namespace fliqe::tools {
namespace {

struct HeatMapCommand {
  std::string input;
  std::string output;
  std::string csv;
  std::string method = "patches";
  std::string class_name;
  int grid = 12;
  int window = 3;
  std::string ramp = "red-green";
  ThermalOptions thermal;
  ModelOptions model;
};

/// A row for each row of cells.
std::string grid_csv(const HeatMap& map) {
  std::string text;
  for (int row = 0; row < map.options.rows; ++row) {
    std::vector<std::string> cells;
    for (int column = 0; column < map.options.columns; ++column) {
      cells.push_back(digits9(map.at(column, row)));
    }
    text += csv_row(cells);
  }
  return text;
}

std::string default_output(const std::string& input) {
  return std::filesystem::path(input).stem().string() + "-heatmap.png";
}

Exit make_heat_map(const HeatMapCommand& options) {
  const Picture picture = decode_picture(read_input(options.input), options.input, options.thermal);
  const LoadedModel model = options.model.load();
  const HeatMapKind kind =
      options.method == "patches" ? HeatMapKind::patches : HeatMapKind::occlusion;
  const HeatMapOptions grid{kind, options.grid, options.grid, options.window};
  const bool of_class = !options.class_name.empty();
  const HeatMap map = of_class
                          ? class_heat_map(model.scorer, picture.image, options.class_name, grid)
                          : heat_map(model.scorer, picture.image, grid);
  const std::string output = options.output.empty() && options.csv.empty()
                                 ? default_output(options.input)
                                 : options.output;
  if (!options.csv.empty()) write_file(options.csv, grid_csv(map));
  if (!output.empty()) {
    const std::string cause = of_class ? "" : cause_if_low(model.scorer, map.whole);
    write_image(output, heat_overlay(picture.image, map, ramp_from_string(options.ramp), cause));
    std::fprintf(stderr, "%s: %s %.4f%s, %s\n", options.input.c_str(),
                 of_class ? options.class_name.c_str() : "quality",
                 of_class ? map.probability : map.whole.quality,
                 cause.empty() ? "" : (" (" + cause + ")").c_str(), output.c_str());
  }
  return Exit::success;
}

}  // namespace

void add_heatmap_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<HeatMapCommand>();
  CLI::App* command = app.add_subcommand("heatmap", "Show where in a picture the quality is low");
  command->footer(
      "What it means: the network scores whole pictures and was never shown parts. \"patches\"\n"
      "scores a picture that repeats one part, mirrored: sky or a wall alone may score low in a\n"
      "good picture. \"occlusion\" covers parts and shows how the logit of \"distorted\" changes:\n"
      "above 0 the part speaks for \"distorted\"; the cover's own edges count too, and what all\n"
      "parts share shows nowhere. Compare pictures of one camera rather than trust one cell.");
  command->add_option("image", options->input, "any picture that fliqe score reads")->required();
  command->add_option("-o,--output", options->output,
                      "the picture under the map: .png or .jpg; default: NAME-heatmap.png here");
  command->add_option("--csv", options->csv, "write the grid's numbers; - for standard output");
  command->add_option("--method", options->method, "patches or occlusion")
      ->check(CLI::IsMember({"patches", "occlusion"}))
      ->capture_default_str();
  command->add_option(
      "--class", options->class_name,
      "show where this class of fliqe classify is instead: the weights need a head\n"
      "of fliqe train-head --multiclass");
  command->add_option("--grid", options->grid, "cells in each direction")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--part", options->window, "cells in each direction of a part")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  add_ramp_option(*command, options->ramp);
  options->thermal.add_options(*command);
  options->thermal.add_source_option(*command);
  options->model.add_options(*command);
  command->callback([options, &result] { result = make_heat_map(*options); });
}

}  // namespace fliqe::tools
