// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// Exit codes of the program.
enum class Exit : int {
  success = 0,
  below_threshold = 1,  ///< a score lies below --fail-below, a temperature above --fail-above
  fatal = 2,            ///< wrong usage, or nothing could be done
  some_failed = 3,      ///< some files could not be scored; all others were
  interrupted = 130,    ///< by Ctrl-C, as shells have it; what was done by then is written
};

/// Each adds a subcommand to `app`; when it is chosen, its exit code is left in `result`.
void add_score_command(CLI::App& app, Exit& result);
void add_calibrate_command(CLI::App& app, Exit& result);
void add_classify_command(CLI::App& app, Exit& result);
void add_convert_command(CLI::App& app, Exit& result);
void add_info_command(CLI::App& app, Exit& result);
void add_quantize_command(CLI::App& app, Exit& result);
void add_compare_precision_command(CLI::App& app, Exit& result);
void add_distort_command(CLI::App& app, Exit& result);
void add_thermal_command(CLI::App& app, Exit& result);
void add_eval_command(CLI::App& app, Exit& result);
void add_embed_command(CLI::App& app, Exit& result);
void add_train_encoder_command(CLI::App& app, Exit& result);
void add_train_head_command(CLI::App& app, Exit& result);
void add_tsne_command(CLI::App& app, Exit& result);
void add_video_command(CLI::App& app, Exit& result);
void add_watch_command(CLI::App& app, Exit& result);
void add_work_command(CLI::App& app, Exit& result);
void add_collect_command(CLI::App& app, Exit& result);
void add_enqueue_command(CLI::App& app, Exit& result);
void add_serve_command(CLI::App& app, Exit& result);
void add_heatmap_command(CLI::App& app, Exit& result);
void add_doctor_command(CLI::App& app, Exit& result);

}  // namespace fliqe::tools
