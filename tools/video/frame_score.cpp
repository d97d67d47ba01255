// SPDX-License-Identifier: MIT
#include "video/frame_score.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "io/csv.hpp"
#include "io/json.hpp"
#include "io/output.hpp"

namespace fliqe::tools {
namespace {

Json to_json(const FrameScore& score) {
  Json json{{"frame", score.number},
            {"seconds", rounded9(score.seconds)},
            {"quality", rounded9(score.quality)},
            {"smoothed", rounded9(score.smoothed)}};
  if (!score.agc.empty()) json["agc"] = score.agc;
  if (!score.causes.empty()) json["causes"] = to_json(score.causes);
  return json;
}

Json to_json(const VideoSummary& summary, const PooledQuality& pooled) {
  Json json{{"source", summary.source},
            {"codec", summary.codec},
            {"width", summary.width},
            {"height", summary.height},
            {"weights", summary.weights},
            {"arithmetic", summary.arithmetic},
            {"smoothing", summary.smoothing},
            {"smoothing_window", summary.smoothing_window},
            {"frames", pooled.count()},
            {"damaged", summary.damaged},
            {"frames_per_second", rounded9(summary.scored_per_second)}};
  if (!summary.error.empty()) json["error"] = summary.error;
  if (pooled.count() == 0) return json;
  json["pooled"] = {{"min", rounded9(pooled.lowest())},
                    {"max", rounded9(pooled.highest())},
                    {"mean", rounded9(pooled.mean())},
                    {"harmonic_mean", rounded9(pooled.harmonic_mean())},
                    {"percentile_5", rounded9(pooled.percentile(0.05))},
                    {"threshold", rounded9(summary.threshold)},
                    {"share_below", rounded9(pooled.share_below())}};
  return json;
}

class CsvWriter : public FrameWriter {
 public:
  explicit CsvWriter(const std::string& path) : output_(path) {
    output_.write(
        csv_row({"frame", "seconds", "quality", "smoothed", "agc", "cause", "cause_probability"}));
  }

  void entry(const FrameScore& score, const Image&) override {
    output_.write(csv_row({std::to_string(score.number), digits9(score.seconds),
                           digits9(score.quality), digits9(score.smoothed), score.agc,
                           score.causes.empty() ? "" : score.causes[0].fault,
                           score.causes.empty() ? "" : digits9(score.causes[0].probability)}));
  }
  void end(const VideoSummary&, const PooledQuality&) override { output_.commit(); }

 private:
  Output output_;
};

class JsonLinesWriter : public FrameWriter {
 public:
  explicit JsonLinesWriter(const std::string& path) : output_(path) {}

  void entry(const FrameScore& score, const Image&) override {
    output_.write(dump(to_json(score)) + "\n");
    output_.flush();  // somebody may be waiting for it
  }
  void end(const VideoSummary&, const PooledQuality&) override { output_.commit(); }

 private:
  Output output_;
};

class JsonWriter : public FrameWriter {
 public:
  explicit JsonWriter(const std::string& path) : output_(path) {
    output_.write("{\"scores\": [\n");
  }

  void entry(const FrameScore& score, const Image&) override {
    output_.write((is_first_ ? "" : ",\n") + dump(to_json(score)));
    is_first_ = false;
  }
  void end(const VideoSummary& summary, const PooledQuality& pooled) override {
    output_.write("\n],\n\"summary\": " + dump(to_json(summary, pooled)) + "}\n");
    output_.commit();
  }

 private:
  Output output_;
  bool is_first_ = true;
};

/// SubRip or WebVTT: a line for each half second.
class SubtitleWriter : public FrameWriter {
 public:
  SubtitleWriter(const std::string& path, bool is_vtt) : output_(path), is_vtt_(is_vtt) {
    if (is_vtt_) output_.write("WEBVTT\n\n");
  }

  void entry(const FrameScore& score, const Image&) override {
    if (cue_ && score.seconds - cue_->seconds < length) return;
    if (cue_) show(*cue_, score.seconds);
    cue_ = score;
  }
  void end(const VideoSummary&, const PooledQuality&) override {
    if (cue_) show(*cue_, cue_->seconds + length);
    output_.commit();
  }

 private:
  static constexpr double length = 0.5;

  std::string time(double seconds) const {
    const auto all = static_cast<long long>(std::llround(std::max(seconds, 0.0) * 1000));
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld%c%03lld", all / 3'600'000,
                  all / 60'000 % 60, all / 1000 % 60, is_vtt_ ? '.' : ',', all % 1000);
    return text.data();
  }

  void show(const FrameScore& score, double until) {
    std::array<char, 80> words{};
    std::snprintf(words.data(), words.size(), "quality %.2f  smoothed %.2f", score.quality,
                  score.smoothed);
    output_.write(std::to_string(++count_) + "\n" + time(score.seconds) + " --> " + time(until) +
                  "\n" + words.data() + "\n\n");
  }

  Output output_;
  bool is_vtt_;
  std::size_t count_ = 0;
  std::optional<FrameScore> cue_;
};

}  // namespace

std::unique_ptr<FrameWriter> make_frame_writer(const std::string& format, const std::string& path) {
  if (format == "json") return std::make_unique<JsonWriter>(path);
  if (format == "jsonl") return std::make_unique<JsonLinesWriter>(path);
  if (format == "srt" || format == "vtt") {
    return std::make_unique<SubtitleWriter>(path, format == "vtt");
  }
  return std::make_unique<CsvWriter>(path);
}

}  // namespace fliqe::tools
