// SPDX-License-Identifier: MIT
// A capture loop as everybody has one, with three lines more: a video file, an address or the
// number of a camera, scored frame by frame.
#include <cstdio>
#include <fliqe/fliqe.hpp>
#include <fliqe/image/opencv.hpp>
#include <opencv2/videoio.hpp>
#include <string>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: %s WEIGHTS VIDEO|CAMERA\n", argv[0]), 2;
  fliqe::OnlineFLIQE<fliqe::AnyBackbone> online(std::string(argv[1]), {.smoothing_window = 150});
  online.create_session("camera");

  const std::string source = argv[2];
  const bool is_number = source.find_first_not_of("0123456789") == std::string::npos;
  cv::VideoCapture capture =
      is_number ? cv::VideoCapture(std::stoi(source)) : cv::VideoCapture(source);
  if (!capture.isOpened()) return std::fprintf(stderr, "%s: cannot open\n", argv[2]), 1;

  cv::Mat frame;
  while (capture.read(frame)) {
    const fliqe::FrameAssessment result = online.assess_frame(fliqe::view(frame), "camera");
    std::printf("%.4f  smoothed %.4f\n", result.assessment.quality, result.smoothed_quality);
  }
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
