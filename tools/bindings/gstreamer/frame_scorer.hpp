// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <fliqe/fliqe.hpp>
#include <fliqe/quality/smoothing.hpp>
#include <fliqe/thermal/agc.hpp>
#include <optional>
#include <string>

namespace fliqe::gstreamer {

/// What the properties of the element say.
struct Settings {
  std::string weights{};  ///< file; empty: FLIQE_WEIGHTS, else the built-in weights
  std::string precision = "f32";
  std::string agc = "linear:1";  ///< for counts of 16 bits
  unsigned window = 300;         ///< scores that the smoothed quality is the mean of
  unsigned every = 1;            ///< frames of which one is scored
  double interval = 1;           ///< seconds between messages; 0: one for each score
  double threshold = 0.5;        ///< of the smoothed quality
  int threads = 0;               ///< 0: all cores
};

struct FrameScore {
  std::uint64_t frame = 0;  ///< counted from 0, those not scored too
  double quality = 0;
  double smoothed = 0;
  bool is_low = false;          ///< whether `smoothed` is below the threshold
  const char* cause = nullptr;  ///< the most probable one; null when the weights name none
  double cause_probability = 0;
};

/// Scores the frames of one stream. Not thread-safe.
class FrameScorer {
 public:
  /// @throws Error
  explicit FrameScorer(const Settings& settings);

  /// Nothing for a frame that `every` leaves out. @throws Error
  std::optional<FrameScore> score(const ImageView& picture);
  /// The same for counts in the order of the host, with rows of `stride` bytes.
  std::optional<FrameScore> score(const std::uint8_t* counts, int width, int height,
                                  std::ptrdiff_t stride);

 private:
  bool is_left_out() { return number_++ % settings_.every != 0; }
  FrameScore scored(const ImageView& picture);

  Settings settings_;
  FLIQE<AnyBackbone, AnyPrecision> model_;
  Smoother smoother_;
  StreamAgc agc_;
  RawFrame raw_;
  std::uint64_t number_ = 0;
};

}  // namespace fliqe::gstreamer
