// SPDX-License-Identifier: MIT
/// @file
/// For programs that use OpenCV: scores cv::Mat frames in place. Not part of fliqe.hpp.
#pragma once

#include <fliqe/image/image_view.hpp>
#include <fliqe/version.hpp>
#include <opencv2/core/mat.hpp>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// A view of an 8-bit matrix with OpenCV's channel order: grey, BGR or BGRA. The matrix must
/// outlive it. @throws Error `invalid_argument` on an empty matrix or other element types
inline ImageView view(const cv::Mat& frame) {
  detail::require(!frame.empty(), ErrorCode::invalid_argument, "cv::Mat: the frame is empty");
  const auto stride = static_cast<std::ptrdiff_t>(frame.step[0]);
  switch (frame.type()) {
    case CV_8UC1:
      return gray(frame.data, frame.cols, frame.rows, stride);
    case CV_8UC3:
      return bgr(frame.data, frame.cols, frame.rows, stride);
    case CV_8UC4:
      return bgra(frame.data, frame.cols, frame.rows, stride);
    default:
      detail::raise(ErrorCode::invalid_argument,
                    {"cv::Mat: expected CV_8UC1, CV_8UC3 or CV_8UC4, found type ", frame.type()});
  }
}

}  // namespace fliqe::inline FLIQE_ABI
