// SPDX-License-Identifier: MIT
/// @file
/// The `fliqe` command line program.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fliqe/version.hpp>
#include <new>

#include "commands/commands.hpp"

namespace {

/// A mapped file became shorter: nothing can go on, but it can be said.
void end_by_bus_error(int) {
  constexpr char message[] = "fliqe: a file became shorter while it was read\n";
  static_cast<void>(!::write(STDERR_FILENO, message, sizeof(message) - 1));
  ::_exit(static_cast<int>(fliqe::tools::Exit::fatal));
}

}  // namespace

int main(int argc, char** argv) {
  using fliqe::tools::Exit;
  Exit result = Exit::success;
  std::signal(SIGBUS, end_by_bus_error);
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
    fliqe::tools::add_calibrate_command(app, result);
    fliqe::tools::add_tsne_command(app, result);
    fliqe::tools::add_video_command(app, result);
    fliqe::tools::add_watch_command(app, result);
    fliqe::tools::add_enqueue_command(app, result);
    fliqe::tools::add_work_command(app, result);
    fliqe::tools::add_collect_command(app, result);
#if defined(FLIQE_SERVE)
    fliqe::tools::add_serve_command(app, result);
#endif
    fliqe::tools::add_heatmap_command(app, result);
    fliqe::tools::add_doctor_command(app, result);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::fatal);
    }
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "fliqe: out of memory\n");
    return static_cast<int>(Exit::fatal);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fliqe: %s\n", error.what());
    return static_cast<int>(Exit::fatal);
  }
  return static_cast<int>(result);
}
