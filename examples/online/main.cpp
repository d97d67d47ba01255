// SPDX-License-Identifier: MIT
// The frames of two cameras, each smoothed over its own last scores. Stands in for a capture loop:
// with OpenCV, include <fliqe/image/opencv.hpp> and pass fliqe::view(frame).
#include <cstdio>
#include <fliqe/fliqe.hpp>
#include <string>

int main(int argc, char** argv) try {
  if (argc < 3) return std::fprintf(stderr, "usage: %s WEIGHTS FRAME...\n", argv[0]), 2;
  fliqe::OnlineFLIQE<fliqe::AnyBackbone> online(std::string(argv[1]), {.smoothing_window = 150});
  for (const char* camera : {"even", "odd"}) online.create_session(camera);
  for (int i = 2; i < argc; ++i) {
    const std::string camera = i % 2 == 0 ? "even" : "odd";
    const fliqe::FrameAssessment frame = online.assess_frame(fliqe::load_image(argv[i]), camera);
    const fliqe::Bgr color = online.get_color(frame.smoothed_quality);
    std::printf("%-4s  raw %.4f  smoothed %.4f  colour #%02x%02x%02x\n", camera.c_str(),
                frame.assessment.quality, frame.smoothed_quality, color.red, color.green,
                color.blue);
  }
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
