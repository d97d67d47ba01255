// SPDX-License-Identifier: MIT
#include "video/video_report.hpp"

#include <openssl/evp.h>

#include <array>
#include <fliqe/quality/color.hpp>
#include <fliqe/version.hpp>
#include <map>
#include <utility>
#include <vector>

#include "images/encode.hpp"
#include "io/output.hpp"
#include "report/html.hpp"
#include "report/svg_chart.hpp"
#include "video/picked_frames.hpp"
#include "video/timeline.hpp"

namespace fliqe::tools {
namespace {

std::string base64(const std::vector<std::byte>& bytes) {
  std::vector<unsigned char> text(4 * ((bytes.size() + 2) / 3) + 1);
  const int size =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

/// A limit for an axis with four parts, not below `value`.
double round_limit(double value) {
  for (const double limit : {1.0, 2.0, 4.0, 8.0, 20.0, 40.0, 60.0, 80.0}) {
    if (value <= limit) return limit;
  }
  return 100;
}

class VideoReport : public FrameWriter {
 public:
  VideoReport(const std::string& path, ReportSettings settings)
      : output_(path), settings_(std::move(settings)) {}

  void entry(const FrameScore& score, const Image& frame) override {
    timeline_.add(score.seconds, score.quality, score.smoothed);
    const double bin = std::clamp(score.quality, 0.0, 1.0) * bins;
    ++histogram_[std::min(bins - 1, static_cast<std::size_t>(bin))];
    agc_ = score.agc;
    if (!score.causes.empty()) ++causes_[score.causes[0].fault];
    worst_.offer(score, frame);
    best_.offer(score, frame);
  }

  void end(const VideoSummary& summary, const PooledQuality& pooled) override {
    std::string html = "<h1>Quality of " + escaped(summary.source) + "</h1>\n";
    if (!summary.error.empty())
      html += "<p>The video broke off: " + escaped(summary.error) + "</p>";
    if (pooled.count() > 0) {
      html += figures(pooled) + timeline(summary) + "<div class=\"grid2\">" + histogram(pooled) +
              table(summary, pooled) + "</div>\n" + causes() + pictures("Worst frames", worst_) +
              pictures("Best frames", best_);
    }
    output_.write(html_page("fliqe video", html));
    output_.commit();
  }

 private:
  static constexpr std::size_t bins = 25, picks = 6;

  /// A twentieth of the video; half a second where its length is not known, and at least.
  static double spacing(const ReportSettings& settings) {
    return std::max(0.5, settings.seconds / 20);
  }

  std::string figures(const PooledQuality& pooled) const {
    return "<div class=\"figures\">" + html_figure(fixed(pooled.mean(), 3), "mean") +
           html_figure(fixed(pooled.harmonic_mean(), 3), "harmonic mean") +
           html_figure(fixed(pooled.lowest(), 3), "lowest") +
           html_figure(fixed(pooled.highest(), 3), "highest") +
           html_figure(fixed(pooled.percentile(0.05), 3), "5th percentile") +
           html_figure(fixed(100 * pooled.share_below(), 1) + " %",
                       "below " + fixed(settings_.threshold, 2)) +
           html_figure(std::to_string(pooled.count()), "frames") + "</div>\n";
  }

  std::string timeline(const VideoSummary& summary) const {
    const double begin = timeline_.begin(), end = std::max(timeline_.end(), begin + 0.04);
    Chart chart{"seconds", "quality", begin, end, 0, 1, {}};
    chart.width = 920;
    chart.height = 300;
    chart.band_below = settings_.threshold;
    Series raw{"raw", {}, false, false, true};
    Series smoothed{"smoothed over " + std::to_string(summary.smoothing_window) + " (" +
                        summary.smoothing + ")",
                    {}};
    for (const Timeline::Piece& piece : timeline_.pieces()) {
      raw.points.emplace_back(piece.seconds, piece.highest);
      if (piece.frames > 1) raw.points.emplace_back(piece.seconds, piece.lowest);
      smoothed.points.emplace_back(piece.seconds, piece.smoothed);
    }
    chart.series = {std::move(smoothed), std::move(raw)};
    return html_section("Over time", to_svg(chart));
  }

  std::string histogram(const PooledQuality& pooled) const {
    double most = 0;
    Series bars{"", {}, false, false, false, true};
    for (std::size_t i = 0; i < bins; ++i) {
      const double share =
          100 * static_cast<double>(histogram_[i]) / static_cast<double>(pooled.count());
      bars.points.emplace_back(static_cast<double>(i) / bins, share);
      most = std::max(most, share);
    }
    Chart chart{"quality", "% of frames", 0, 1, 0, round_limit(most), {std::move(bars)}};
    return html_section("Histogram", to_svg(chart));
  }

  std::string table(const VideoSummary& summary, const PooledQuality& pooled) const {
    std::vector<std::vector<std::string>> rows = {
        {"video", std::to_string(summary.width) + " x " + std::to_string(summary.height) + ", " +
                      summary.codec},
        {"frames scored",
         std::to_string(pooled.count()) +
             (settings_.every > 1 ? ", one of " + std::to_string(settings_.every) : "")},
        {"damaged parts left out", std::to_string(summary.damaged)},
        {"weights", summary.weights},
        {"SHA-256 of the weights", settings_.weights_sha256},
        {"arithmetic", summary.arithmetic},
        {"threshold", fixed(settings_.threshold, 2)},
        {"AGC", agc_},
        {"fliqe", version}};
    std::erase_if(rows, [](const auto& row) { return row[1].empty(); });
    return html_section("Settings", html_table(rows, false, "words"));
  }

  std::string causes() const {
    if (causes_.empty()) return {};
    std::vector<std::vector<std::string>> rows = {{"most probable cause", "frames"}};
    for (const auto& [fault, frames] : causes_) rows.push_back({fault, std::to_string(frames)});
    return html_section("Causes of the frames below the threshold", html_table(rows));
  }

  static std::string pictures(const char* title, const PickedFrames& frames) {
    std::string html = "<div class=\"pictures\">";
    for (const PickedFrames::Pick& pick : frames.picks()) {
      const std::string cause = first_cause(pick.score.causes);
      const std::string words = escaped(
          "frame " + std::to_string(pick.score.number) + ", " + fixed(pick.score.seconds, 2) +
          " s: " + fixed(pick.score.quality, 3) + (cause.empty() ? "" : ", " + cause));
      html += "<figure><img alt=\"" + words + "\" src=\"data:image/jpeg;base64," +
              base64(encode_jpeg(pick.image, 85)) + "\"><figcaption>" + words +
              "</figcaption></figure>";
    }
    return html_section(title, html + "</div>");
  }

  Output output_;
  ReportSettings settings_;
  std::string agc_;  ///< empty for frames in 8 bits
  Timeline timeline_;
  std::array<std::size_t, bins> histogram_{};
  std::map<std::string, std::size_t> causes_;  ///< frames below the threshold
  PickedFrames worst_{PickedFrames::Rank::worst, picks, spacing(settings_)};
  PickedFrames best_{PickedFrames::Rank::best, picks, spacing(settings_)};
};

}  // namespace

std::unique_ptr<FrameWriter> make_video_report(const std::string& path,
                                               const ReportSettings& settings) {
  return std::make_unique<VideoReport>(path, settings);
}

}  // namespace fliqe::tools
