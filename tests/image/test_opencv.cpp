// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/image/opencv.hpp>
#include <fliqe/image/resize.hpp>
#include <opencv2/core.hpp>

using namespace fliqe;

TEST_CASE("given a matrix of each 8-bit type, its view has the right order and stride") {
  cv::Mat frame(5, 7, CV_8UC3, cv::Scalar(10, 20, 30));  // B, G, R
  const ImageView color = view(frame);
  CHECK(color.format == PixelFormat::bgr8);
  CHECK((color.width == 7 && color.height == 5 && color.stride == 21));
  CHECK(resize_bilinear(color, 1, 1).pixels == std::vector<std::uint8_t>{30, 20, 10});
  CHECK(view(cv::Mat(5, 7, CV_8UC1, cv::Scalar(9))).format == PixelFormat::gray8);
  CHECK(view(cv::Mat(5, 7, CV_8UC4, cv::Scalar(9))).format == PixelFormat::bgra8);
}

TEST_CASE("given a part of a matrix, its view skips the rest of each row") {
  cv::Mat frame(6, 8, CV_8UC1, cv::Scalar(0));
  frame(cv::Rect(2, 1, 3, 4)).setTo(200);
  const cv::Mat part = frame(cv::Rect(2, 1, 3, 4));
  CHECK(view(part).stride == 8);
  CHECK(resize_bilinear(view(part), 2, 2).pixels == std::vector<std::uint8_t>(4, 200));
}

TEST_CASE("given an empty matrix or other elements, the view is refused") {
  CHECK_THROWS_AS(view(cv::Mat()), Error);
  CHECK_THROWS_AS(view(cv::Mat(2, 2, CV_16UC1, cv::Scalar(0))), Error);
  CHECK_THROWS_AS(view(cv::Mat(2, 2, CV_32FC3, cv::Scalar(0))), Error);
}
