// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <fliqe/fliqe.hpp>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

Image flat(std::uint8_t value) {
  return {64, 48, PixelFormat::gray8, std::vector<std::uint8_t>(64 * 48, value)};
}

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::io;
}

}  // namespace

TEST_CASE("given any scores, the window's mean is that of the last N and does not drift") {
  const std::size_t size = GENERATE(1, 2, 7, 300);
  SmoothingWindow window(size);
  CHECK_FALSE(window.mean().has_value());
  std::mt19937 random(1);
  std::uniform_real_distribution<double> score(0, 1);
  std::deque<double> last;
  for (int i = 0; i < 100000; ++i) {
    last.push_back(score(random));
    if (last.size() > size) last.pop_front();
    const double mean = window.add(last.back());
    if (i % 997 != 0) continue;
    const double expected =
        std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
    REQUIRE(mean == Approx(expected).margin(1e-12));
  }
  CHECK(window.count() == size);
  CHECK_THROWS_AS(SmoothingWindow(0), Error);
}

TEST_CASE("given 10^8 scores, the mean is that of the last N to the last digit") {
  constexpr std::size_t size = 300;
  SmoothingWindow window(size);
  const auto score = [](std::uint64_t i) {  // any scores, but a multiple of the unit in the window
    return static_cast<double>((i * 0x9e3779b97f4a7c15u) >> 24) * 0x1p-40;
  };
  constexpr std::uint64_t count = 100'000'000;
  double mean = 0;
  for (std::uint64_t i = 0; i < count; ++i) mean = window.add(score(i));
  double sum = 0;
  for (std::uint64_t i = count - size; i < count; ++i) sum += score(i);
  CHECK(mean == sum / static_cast<double>(size));
}

TEST_CASE("given any scores, the exponential mean is their weighted mean") {
  const std::size_t size = GENERATE(1, 5, 300);
  ExponentialMean smoothed(size);
  CHECK_FALSE(smoothed.mean().has_value());
  const double keep = 1 - 2 / (static_cast<double>(size) + 1);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> score(0, 1);
  std::vector<double> scores;
  for (int i = 0; i < 2000; ++i) {
    scores.push_back(score(random));
    const double mean = smoothed.add(scores.back());
    if (i % 499 > 3) continue;
    double sum = 0, weights = 0;
    for (const double each : scores) {
      sum = each + keep * sum;
      weights = 1 + keep * weights;
    }
    REQUIRE(mean == Approx(sum / weights).margin(1e-12));
  }
  CHECK_THROWS_AS(ExponentialMean(0), Error);
}

TEST_CASE("given a session, smoothed and raw quality follow its frames") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 2, .model = {.threads = 1}});
  online.create_session("a");
  online.create_session("b");
  CHECK_FALSE(online.get_raw_quality("a").has_value());
  CHECK_FALSE(online.get_smoothed_quality("a").has_value());
  const double dark = online.estimate_image_quality(flat(3));
  const double light = online.estimate_image_quality(flat(200));
  CHECK(online.estimate_smoothed_quality(flat(3), "a") == Approx(dark));
  CHECK(online.estimate_smoothed_quality(flat(200), "a") == Approx((dark + light) / 2));
  CHECK(online.estimate_smoothed_quality(flat(200), "a") == Approx(light));
  CHECK(*online.get_raw_quality("a") == light);
  CHECK(*online.get_smoothed_quality("a") == Approx(light));
  CHECK_FALSE(online.get_raw_quality("b").has_value());

  online.create_session("a");  // empties it
  CHECK_FALSE(online.get_raw_quality("a").has_value());
  online.remove_session("b");
  CHECK_FALSE(online.has_session("b"));
}

TEST_CASE("given frames of several sessions, one call scores them as single calls do") {
  const Smoothing smoothing = GENERATE(Smoothing::mean, Smoothing::exponential);
  OnlineFLIQE<CompactResNet50> online(
      default_weights(), {.smoothing_window = 2, .smoothing = smoothing, .model = {.threads = 1}});
  for (const char* id : {"a", "b", "a alone", "b alone"}) online.create_session(id);
  const Image dark = flat(3), light = flat(200), gray = flat(90);
  const std::vector<SessionFrame> frames = {{dark, "a"}, {light, "b"}, {gray, "a"}, {dark, "b"}};
  const std::vector<double> together = online.estimate_smoothed_quality(frames);
  REQUIRE(together.size() == frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(together[i] ==
          online.estimate_smoothed_quality(frames[i].image, frames[i].session + " alone"));
  }
  const std::vector<SessionFrame> wrong = {{dark, "a"}, {light, "nobody"}};
  CHECK_THROWS_AS(online.estimate_smoothed_quality(wrong), Error);
  CHECK(*online.get_smoothed_quality("a") == together[2]);

  online.reset_session("a");
  CHECK_FALSE(online.get_smoothed_quality("a").has_value());
  CHECK(online.estimate_smoothed_quality(dark, "a") ==
        Approx(online.estimate_image_quality(dark)).margin(1e-11));
  CHECK_THROWS_AS(online.reset_session("nobody"), Error);
}

TEST_CASE("given a frame, its own assessment and the smoothed quality come together") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 2, .model = {.threads = 1}});
  online.create_session("a");
  const Image dark = flat(3), light = flat(200);
  const Assessment alone = online.assess(light);
  online.assess_frame(dark, "a");
  const FrameAssessment frame = online.assess_frame(light, "a");
  CHECK(frame.assessment.quality == alone.quality);
  CHECK(frame.assessment.logit == alone.logit);
  CHECK(frame.assessment.embedding == alone.embedding);
  CHECK(frame.smoothed_quality == *online.get_smoothed_quality("a"));
  CHECK(frame.smoothed_quality == Approx((online.assess(dark).quality + alone.quality) / 2));

  const std::vector<SessionFrame> frames = {{dark, "a"}, {light, "a"}};
  const std::vector<FrameAssessment> batch = online.assess_frames(frames);
  REQUIRE(batch.size() == 2);
  CHECK(batch[1].assessment.embedding == alone.embedding);
  CHECK(batch[1].smoothed_quality == frame.smoothed_quality);
  CHECK(online.try_assess_frame(dark, "x").error().code() == ErrorCode::unknown_session);
  CHECK(online.try_assess_frames(frames)->size() == 2);
}

TEST_CASE("given threads that feed one session, each gets the score of its own frame") {
  OnlineFLIQE<CompactResNet50> online(default_weights(), {.model = {.threads = 1}});
  online.create_session("shared");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Image image = flat(static_cast<std::uint8_t>(40 + 50 * t));
      const double expected = online.estimate_image_quality(image);
      for (int frame = 0; frame < 5; ++frame) {
        wrong += online.assess_frame(image, "shared").assessment.quality == expected ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("given an OnlineFLIQE, it offers what FLIQE offers, and can be moved") {
  const OnlineOptions options{.model = {.threads = 1, .parity = true, .isa = Isa::baseline}};
  auto loaded = OnlineFLIQE<CompactResNet50>::try_load(default_weights(), options);
  REQUIRE(loaded.has_value());
  loaded->create_session("a");
  const OnlineFLIQE<CompactResNet50> online = std::move(*loaded);
  CHECK(online.has_session("a"));
  const FLIQE<CompactResNet50> fliqe(default_weights(), options.model);
  CHECK(online.features(flat(9)) == fliqe.features(flat(9)));
  CHECK(online.classify(flat(9)) == fliqe.classify(flat(9)));
  CHECK(online.isa() == Isa::baseline);
  CHECK(OnlineFLIQE<>::try_load(default_weights()).error().code() == ErrorCode::weights_mismatch);
}

TEST_CASE("given an unknown session, every call says so") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 3, .model = {.threads = 1}});
  using enum ErrorCode;
  CHECK(code_of([&] { online.estimate_smoothed_quality(flat(1), "x"); }) == unknown_session);
  CHECK(code_of([&] { online.get_smoothed_quality("x"); }) == unknown_session);
  CHECK(code_of([&] { online.get_raw_quality("x"); }) == unknown_session);
  CHECK(code_of([&] { online.remove_session("x"); }) == unknown_session);
  CHECK(online.try_estimate_smoothed_quality(flat(1), "x").error().code() == unknown_session);
  CHECK_THROWS_AS(OnlineFLIQE<CompactResNet50>(default_weights(), {.smoothing_window = 0}), Error);
}

TEST_CASE("given a frame that cannot be scored, the session keeps its state") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 3, .model = {.threads = 1}});
  online.create_session("a");
  const double smoothed = online.estimate_smoothed_quality(flat(100), "a");
  CHECK_THROWS_AS(online.estimate_smoothed_quality(ImageView{}, "a"), Error);
  CHECK(*online.get_smoothed_quality("a") == smoothed);
}

TEST_CASE("given threads that create, feed and remove sessions, nothing is lost or mixed up") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 5, .model = {.threads = 1}});
  const double expected = online.estimate_image_quality(flat(50));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string id = "camera " + std::to_string(t);
      for (int round = 0; round < 5; ++round) {
        online.create_session(id);
        for (int frame = 0; frame < 3; ++frame) {
          const double smoothed = online.estimate_smoothed_quality(flat(50), id);
          if (std::abs(smoothed - expected) > 1e-9) ++wrong;
          if (frame == 1) online.reset_session(id);
        }
        online.remove_session(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
