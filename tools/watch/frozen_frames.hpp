// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fliqe/image/image_view.hpp>
#include <vector>

namespace fliqe::tools {

/// Notices a picture that does not change: a camera that hangs, or that shows its last frame while
/// the shutter is closed for a flat-field correction (FFC). A live thermal sensor always has noise.
class FrozenFrames {
 public:
  /// @param seconds    without a change until a stream counts as frozen; 0: never
  /// @param tolerance  mean difference in grey levels that is no change: compression makes a still
  ///                   picture differ by under 0.02 from key frame to key frame, a live one by more
  explicit FrozenFrames(double seconds, double tolerance)
      : seconds_(seconds), tolerance_(tolerance) {}

  /// Whether the picture has not changed for so long. @param now  seconds
  bool update(const ImageView& image, double now) {
    if (seconds_ <= 0) return false;
    sample(image, next_);
    if (next_.size() != reference_.size() || difference() > tolerance_) {
      reference_.swap(next_);
      since_ = now;
      return false;
    }
    return now - since_ >= seconds_;
  }

 private:
  /// Every pixel of some rows.
  static void sample(const ImageView& image, std::vector<std::uint8_t>& pixels) {
    constexpr int rows = 32;
    const int step = image.height > rows ? image.height / rows : 1;
    const int row_bytes = image.width * channel_count(image.format);
    pixels.clear();
    for (int y = 0; y < image.height; y += step) {
      pixels.insert(pixels.end(), image.row(y), image.row(y) + row_bytes);
    }
  }

  double difference() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < next_.size(); ++i) {
      sum += static_cast<unsigned>(std::abs(next_[i] - reference_[i]));
    }
    return static_cast<double>(sum) / static_cast<double>(next_.size());
  }

  double seconds_, tolerance_;
  double since_ = 0;
  std::vector<std::uint8_t> reference_, next_;
};

}  // namespace fliqe::tools
