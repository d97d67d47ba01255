// SPDX-License-Identifier: MIT
#include "bindings/gstreamer/frame_scorer.hpp"

#include <cstring>

#include "weights/open_weights.hpp"

namespace fliqe::gstreamer {

FrameScorer::FrameScorer(const Settings& settings)
    : settings_(settings),
      model_(tools::open_weights(tools::resolve_weights(settings.weights)),
             {.threads = settings.threads,
              .precision = PrecisionChoice::from_string(settings.precision)}),
      smoother_(Smoothing::mean, settings.window),
      agc_(agc_from_string(settings.agc)) {
  model_.require_score();
}

std::optional<FrameScore> FrameScorer::score(const ImageView& picture) {
  if (is_left_out()) return std::nullopt;
  return scored(picture);
}

std::optional<FrameScore> FrameScorer::score(const std::uint8_t* counts, int width, int height,
                                             std::ptrdiff_t stride) {
  if (is_left_out()) return std::nullopt;
  raw_.width = width;
  raw_.height = height;
  const std::size_t row = static_cast<std::size_t>(width);
  raw_.counts.resize(row * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    std::memcpy(raw_.counts.data() + static_cast<std::size_t>(y) * row, counts + y * stride,
                2 * row);
  }
  return scored(agc_.apply(raw_));
}

FrameScore FrameScorer::scored(const ImageView& picture) {
  const Assessment found = model_.assess(picture);
  FrameScore score{number_ - 1, found.quality, smoother_.add(found.quality), false, nullptr, 0};
  score.is_low = score.smoothed < settings_.threshold;
  if (const auto cause = found.cause()) {
    score.cause = model_.causes()[*cause].c_str();
    score.cause_probability = found.causes[*cause];
  }
  return score;
}

}  // namespace fliqe::gstreamer
