// SPDX-License-Identifier: MIT
/// @file
/// The `fliqe` command line program.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fliqe/version.hpp>

#include "commands/commands.hpp"

int main(int argc, char** argv) {
  using fliqe::tools::Exit;
  Exit result = Exit::success;
  try {
    CLI::App app{"Scores the quality of thermal images."};
    app.set_version_flag("--version", std::string("fliqe ") + fliqe::version);
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::simple);
    fliqe::tools::add_score_command(app, result);
    fliqe::tools::add_classify_command(app, result);
    fliqe::tools::add_convert_command(app, result);
    fliqe::tools::add_quantize_command(app, result);
    fliqe::tools::add_compare_precision_command(app, result);
    fliqe::tools::add_info_command(app, result);
    fliqe::tools::add_distort_command(app, result);
    fliqe::tools::add_thermal_command(app, result);
    fliqe::tools::add_eval_command(app, result);
    fliqe::tools::add_embed_command(app, result);
    fliqe::tools::add_train_encoder_command(app, result);
    fliqe::tools::add_train_head_command(app, result);
    fliqe::tools::add_tsne_command(app, result);
    fliqe::tools::add_video_command(app, result);
    fliqe::tools::add_watch_command(app, result);
    fliqe::tools::add_heatmap_command(app, result);
    fliqe::tools::add_doctor_command(app, result);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::fatal);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fliqe: %s\n", error.what());
    return static_cast<int>(Exit::fatal);
  }
  return static_cast<int>(result);
}
