// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fliqe/base/parallel.hpp>
#include <fliqe/quality/smoothing.hpp>
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
#include "images/ramp.hpp"
#include "kafka/kafka_frames.hpp"
#include "video/annotated_video.hpp"
#include "video/frame_score.hpp"
#include "video/frame_source.hpp"
#include "video/video_report.hpp"

namespace fliqe::tools {
namespace {

struct VideoOptions {
  std::string source;
  SourceOptions reading;
  double duration = 0;
  std::size_t every = 1;
  std::size_t window = 300;
  std::string smoothing = "mean";
  double threshold = 0.5;
  std::optional<double> fail_below;
  std::string format = "csv";
  std::string output;
  std::string subtitles;
  std::string annotated;
  std::string ramp = "red-green";
  std::string name = "FLIQE";
  std::string report;
  KafkaSinkOptions kafka;
  std::string weights;
  PrecisionChoice precision;
  int threads = 0;
  bool quiet = false;
};

/// A frame that may have a score.
struct SeenFrame {
  VideoFrame frame;
  bool is_scored = true;
  double quality = 0;
  Causes causes{};
};

class VideoRun {
 public:
  explicit VideoRun(const VideoOptions& options)
      : options_(options),
        threads_(resolve_thread_count(options.threads)),
        source_(open_frame_source(options.source, options.reading)),
        model_(
            load_model(options.weights,
                       {.threads = 1, .load_threads = threads_, .precision = options.precision})),
        smoother_(smoothing_from_string(options.smoothing), options.window),
        pooled_(options.threshold),
        progress_("frames", expected_frames(), !options.quiet) {
    model_.scorer.require_score();
    add_writers();
    wants_all_frames_ = std::ranges::any_of(
        writers_, [](const auto& writer) { return writer->wants_all_frames(); });
  }

  Exit run() {
    catch_interruptions();  // the run stops after the frames that are being scored
    // Each core takes a frame from the decoder to the score; the decoder runs on whichever is free.
    OrderedPipeline<SeenFrame, SeenFrame> frames(
        threads_, static_cast<std::size_t>(2 * threads_), [this] { return next_frame(); },
        [this](SeenFrame&& seen) {
          if (seen.is_scored) {
            const Assessment found = model_.scorer.assess(seen.frame.image);
            seen.quality = found.quality;
            if (seen.quality < options_.threshold) {
              seen.causes = causes_of(model_.scorer, found);
            }
          }
          return std::move(seen);
        });
    std::string error;
    try {
      while (const std::optional<SeenFrame> each = frames.next()) take(*each);
    } catch (const Error& failure) {
      error = failure.what();  // what came before it counts
      std::fprintf(stderr, "fliqe: %s\n", error.c_str());
    }
    return finish(error);
  }

 private:
  void add_writers() {
    writers_.push_back(make_frame_writer(options_.format, options_.output));
    if (!options_.subtitles.empty()) {
      const char* format = options_.subtitles.ends_with(".vtt") ? "vtt" : "srt";
      writers_.push_back(make_frame_writer(format, options_.subtitles));
    }
    if (!options_.annotated.empty()) {
      writers_.push_back(make_annotated_video(options_.annotated, source_->info().frames_per_second,
                                              {options_.name, ramp_from_string(options_.ramp)}));
    }
    if (options_.kafka.cluster.brokers) {
      writers_.push_back(make_kafka_frames(options_.kafka.settings(),
                                           without_credentials(options_.source), options_.window));
    }
    if (!options_.report.empty()) {
      writers_.push_back(
          make_video_report(options_.report, {options_.threshold, source_->info().seconds,
                                              weights_sha256(options_.weights), options_.every}));
    }
  }

  /// 0 when nobody knows.
  std::size_t expected_frames() const {
    const VideoInfo& info = source_->info();
    double seconds = std::max(0.0, info.seconds - options_.reading.start);
    if (options_.duration > 0 && info.seconds > 0) seconds = std::min(seconds, options_.duration);
    return static_cast<std::size_t>(seconds * info.frames_per_second /
                                    static_cast<double>(options_.every));
  }

  std::optional<SeenFrame> next_frame() {
    while (!is_interrupted()) {
      std::optional<VideoFrame> frame = source_->next();
      if (!frame) return std::nullopt;
      const double end = options_.reading.start + options_.duration;
      if (options_.duration > 0 && frame->seconds >= end - 1e-6) return std::nullopt;
      const bool is_scored = decoded_++ % options_.every == 0;
      if (is_scored || wants_all_frames_) return SeenFrame{std::move(*frame), is_scored};
    }
    return std::nullopt;
  }

  void take(const SeenFrame& seen) {
    const VideoFrame& frame = seen.frame;
    if (!seen.is_scored) {
      for (const auto& writer : writers_) writer->between(frame);
      return;
    }
    const FrameScore score{frame.number, frame.seconds, seen.quality, smoother_.add(seen.quality),
                           frame.agc,    seen.causes};
    pooled_.add(score.quality);
    progress_.clear();  // results may go to the same terminal
    for (const auto& writer : writers_) writer->entry(score, frame.image);
    progress_.show(pooled_.count());
  }

  Exit finish(const std::string& error) {
    const VideoInfo& info = source_->info();
    const double seconds = std::max(progress_.seconds(), 1e-9);
    const VideoSummary summary{without_credentials(options_.source),
                               info.codec,
                               model_.source,
                               arithmetic(model_.scorer),
                               info.width,
                               info.height,
                               source_->damaged(),
                               options_.window,
                               options_.smoothing,
                               options_.threshold,
                               static_cast<double>(pooled_.count()) / seconds,
                               error};
    for (const auto& writer : writers_) writer->end(summary, pooled_);
    progress_.clear();
    if (!options_.quiet) say(summary);
    if (!error.empty() && pooled_.count() > 0) return Exit::some_failed;
    if (pooled_.count() == 0) {
      if (error.empty()) {
        std::fprintf(stderr, "fliqe: %s: expected frames, found none\n", summary.source.c_str());
      }
      return Exit::fatal;
    }
    if (is_interrupted()) return Exit::interrupted;
    const bool is_bad = options_.fail_below && pooled_.mean() < *options_.fail_below;
    return is_bad ? Exit::below_threshold : Exit::success;
  }

  void say(const VideoSummary& summary) const {
    if (pooled_.count() == 0) return;
    std::fprintf(stderr,
                 "%zu frames: mean %.4f, min %.4f, max %.4f, harmonic mean %.4f, 5th percentile "
                 "%.4f, %.1f %% below %g; %.1f frames/s (%s)\n",
                 pooled_.count(), pooled_.mean(), pooled_.lowest(), pooled_.highest(),
                 pooled_.harmonic_mean(), pooled_.percentile(0.05), 100 * pooled_.share_below(),
                 summary.threshold, summary.scored_per_second, summary.arithmetic.c_str());
    if (summary.damaged > 0) {
      std::fprintf(stderr, "%zu damaged parts of the video were left out\n", summary.damaged);
    }
  }

  const VideoOptions& options_;
  int threads_;
  std::unique_ptr<FrameSource> source_;
  LoadedModel model_;
  std::vector<std::unique_ptr<FrameWriter>> writers_;
  bool wants_all_frames_ = false;
  Smoother smoother_;
  PooledQuality pooled_;
  Progress progress_;
  std::size_t decoded_ = 0;
};

}  // namespace

void add_video_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<VideoOptions>();
  CLI::App* command =
      app.add_subcommand("video", "Score the frames of a video, a camera or a stream");
  command->footer(
      "Exit codes: 0 all scored; 1 the mean lies below --fail-below; 2 wrong usage, or nothing\n"
      "could be scored; 3 the video broke off (what came before is written); 130 stopped by\n"
      "Ctrl-C (what was scored by then is written).");
  command
      ->add_option("source", options->source,
                   "a file, an RTSP or HTTP address, /dev/video0, numbered pictures\n"
                   "(frame%04d.png), a FLIR SEQ or CSQ file, or a TIFF of many pages")
      ->required();
  command->add_option("--window", options->window, "how many scores are smoothed over")
      ->check(CLI::Range(std::size_t{1}, SmoothingWindow::max_size))
      ->capture_default_str();
  command
      ->add_option("--smoothing", options->smoothing,
                   "mean of the last scores of the window, or exponential: of all,\n"
                   "older ones counting less")
      ->check(CLI::IsMember({"mean", "exponential"}))
      ->capture_default_str();
  command->add_option("--every", options->every, "score every so many frames")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
      ->capture_default_str();
  command->add_flag("--keyframes-only", options->reading.keyframes_only,
                    "decode key frames alone, which takes a fraction of the time");
  command->add_option("--start", options->reading.start, "seconds to begin at")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--duration", options->duration, "seconds to score; 0: to the end")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--timeout", options->reading.timeout,
                   "seconds to wait for a network or a device")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_option("--threshold", options->threshold, "scores below it are counted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--fail-below", options->fail_below, "exit with 1 if the mean lies below this")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--format", options->format, "csv, json or jsonl")
      ->check(CLI::IsMember({"csv", "json", "jsonl"}));
  command->add_option("-o,--output", options->output, "write scores to this file");
  command->add_option("--sub", options->subtitles, "write subtitles: .srt or .vtt");
  command->add_option("--annotate", options->annotated,
                      "write the video with its scores drawn on it: .mp4, .mkv, .avi, ...");
  add_ramp_option(*command, options->ramp);
  command->add_option("--name", options->name, "what --annotate writes before the score")
      ->capture_default_str();
  command->add_option("--report", options->report, "write a page: scores over time, best, worst");
  command
      ->add_option("--agc", options->reading.thermal.agc,
                   "how grey video of 16 bits becomes grey levels, as for fliqe score")
      ->capture_default_str();
  command
      ->add_option("--agc-damping", options->reading.agc_damping,
                   "how slowly it follows the scene; 0: each frame by itself")
      ->check(CLI::Range(0.0, 0.999))
      ->capture_default_str();
  command->add_option("--input-option", options->reading.input_options,
                      "NAME=VALUE for FFmpeg's reader: rtsp_transport=udp, video_size=640x480");
  command->add_option(
      "--weights", options->weights,
      ".pth or safetensors file; default: FLIQE_WEIGHTS, else the built-in weights");
  options->kafka.add_options(*command);
  add_precision_option(*command, options->precision);
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->add_flag("-q,--quiet", options->quiet, "no progress and no summary");
  command->callback([options, &result] { result = VideoRun(*options).run(); });
}

}  // namespace fliqe::tools
