// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/weights/tensor_set.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::tools {

/// By how much the logits of a camera's clean pictures differ from those of clean pictures in
/// general, and what to add to them so that they do not.
///
/// offset = (clean_logit - median) * n / (n + few), for n pictures. The median withstands pictures
/// that are not clean after all, as long as most are. The factor is the share of what n pictures
/// show that is the camera's and not chance: with a spread s of the logits within a camera, the
/// median of n has the variance (pi / 2) s^2 / n, and with a deviation t of the medians between
/// cameras the best estimate keeps t^2 / (t^2 + (pi / 2) s^2 / n) of it. Over 16 cameras that the
/// built-in weights have not seen, s is 2.1 to 2.3 and t is 2.1 to 2.4, so that
/// few = (pi / 2) s^2 / t^2 is 1 to 2. Both scale with the logits, `few` does not.
struct CameraOffset {
  static constexpr double few = 2;

  std::size_t pictures = 0;
  double clean_logit = 0;             ///< median logit of clean pictures in general
  double median = 0, spread = 0;      ///< of this camera; spread: a robust deviation
  double offset = 0;                  ///< to be added to the logit of "distorted"
  std::vector<std::size_t> outliers;  ///< pictures more than three spreads off the median

  /// @throws Error `invalid_argument` without logits, `non_finite` for one that is no number
  static CameraOffset fit(std::span<const double> logits, double clean_logit);
};

/// The middle one, or the mean of the two in the middle. `values` is not empty.
double median_of(std::vector<double> values);

/// What a weights file records of its calibration.
struct CameraRecord {
  double offset = 0;
  std::size_t pictures = 0;
  std::string camera;  ///< its name, may be empty

  /// Nothing when the weights are not calibrated.
  static std::optional<CameraRecord> of(const weights::TensorSet& tensors);
};

/// The weights with the offset in the bias of the last layer of the head that gives the quality:
/// whatever reads the file computes the same scores. All other tensors are those of `base`, in any
/// precision. The metadata records what was done, in keys that begin with "camera_", and no longer
/// what was measured of other scores.
/// @param camera  its name, for the record; may be empty
/// @throws Error `no_such_capability` when no head gives a score, `invalid_argument` when the
///         weights are calibrated already
weights::TensorSet with_camera_offset(const weights::TensorSet& base, const CameraOffset& offset,
                                      const std::string& camera);

/// The weights as they were before with_camera_offset(), bit for bit; `base` if they never were.
weights::TensorSet without_camera_offset(const weights::TensorSet& base);

/// @throws Error `no_such_capability` when no head gives a score
void require_score_head(const weights::TensorSet& tensors);

/// Metadata: the name of the head whose bias holds the offset.
inline constexpr const char* camera_head_key = "camera_head";

}  // namespace fliqe::tools
