// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "images/canvas.hpp"
#include "images/decode.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"
#include "support/skip.hpp"
#include "support/video.hpp"
#include "video/frame_source.hpp"
#include "video/overlay.hpp"
#include "video/picked_frames.hpp"
#include "video/timeline.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

Image flat(int width, int height, std::uint8_t level) {
  Image image{width, height, PixelFormat::rgb8, {}};
  image.pixels.assign(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                      level);
  return image;
}

double distance(const Bgr& a, const Bgr& b) {
  return std::hypot(a.red - b.red, a.green - b.green, a.blue - b.blue);
}

/// The colour as deuteranopes see it (Machado, Oliveira, Fernandes 2009, severity 1).
Bgr without_green_cones(const Bgr& color) {
  const double r = color.red, g = color.green, b = color.blue;
  const auto channel = [](double value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
  };
  return {channel(-0.011820 * r + 0.042940 * g + 0.968881 * b),
          channel(0.280085 * r + 0.672501 * g + 0.047413 * b),
          channel(0.367322 * r + 0.860646 * g - 0.227968 * b)};
}

/// The report about a short video. @return its path
std::string write_report(const TemporaryDir& dir) {
  write_sequence(dir, 10);
  const Finished done = test::fliqe("video -q --window 5 -o /dev/null --report '" + dir / "r.html" +
                                    "' '" + dir / "f%04d.png'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return dir / "r.html";
}

}  // namespace

TEST_CASE("given scores, the second ramp's colours differ for who cannot see green") {
  CHECK(get_color(0, ColorRamp::red_green) == get_color(0));
  CHECK(get_color(0, ColorRamp::orange_blue) == Bgr{0, 94, 213});
  CHECK(get_color(1, ColorRamp::orange_blue) == Bgr{233, 180, 86});
  CHECK(get_color(7, ColorRamp::orange_blue) == get_color(1, ColorRamp::orange_blue));
  CHECK(get_color(std::numeric_limits<double>::quiet_NaN(), ColorRamp::orange_blue) ==
        get_color(0, ColorRamp::orange_blue));
  for (double score = 0; score < 0.8; score += 0.1) {
    const Bgr low = get_color(score, ColorRamp::orange_blue);
    const Bgr high = get_color(score + 0.25, ColorRamp::orange_blue);
    CHECK(distance(without_green_cones(low), without_green_cones(high)) > 40);
  }
}

TEST_CASE("given a picture, the overlay tints its corner and leaves the rest") {
  Image image = flat(320, 240, 200);
  tools::draw_overlay(image, 0.25, 1.0, {});
  const auto pixel = [&](int x, int y) {
    const std::uint8_t* p = image.view().row(y) + 3 * x;
    return std::array<int, 3>{p[0], p[1], p[2]};
  };
  CHECK(pixel(7, 7) == std::array<int, 3>{100, 100, 100});
  CHECK(pixel(319, 239) == std::array<int, 3>{200, 200, 200});
  CHECK(pixel(2, 2) == std::array<int, 3>{200, 200, 200});
  int green = 0;
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 200; ++x) green += pixel(x, y) == std::array<int, 3>{0, 255, 0} ? 1 : 0;
  }
  CHECK(green > 300);  // letters and the bar
  Image tiny = flat(5, 3, 9);
  tools::draw_overlay(tiny, 0.5, 0.5, {});  // more box than picture
}

TEST_CASE("given a video of any length, its timeline has so many pieces at most, none lost") {
  const int count = GENERATE(1, 16, 17, 1000);
  tools::Timeline timeline(16);
  for (int i = 0; i < count; ++i) timeline.add(i, i == count / 2 ? 0.1 : 0.5, 0.4);
  std::size_t frames = 0;
  double lowest = 1, last = -1;
  for (const auto& piece : timeline.pieces()) {
    frames += piece.frames;
    lowest = std::min(lowest, piece.lowest);
    CHECK(piece.seconds > last);
    last = piece.seconds;
  }
  CHECK(timeline.pieces().size() <= 16);
  CHECK(frames == static_cast<std::size_t>(count));
  CHECK(lowest == 0.1);
  CHECK(timeline.end() == count - 1);
}

TEST_CASE("given frames, the worst are picked, apart from each other, in their order") {
  tools::PickedFrames worst(tools::PickedFrames::Rank::worst, 3, 2.0);
  const std::vector<double> scores = {0.9, 0.3, 0.2, 0.8, 0.7, 0.25, 0.6, 0.5, 0.1, 0.15, 0.9};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    worst.offer({i, static_cast<double>(i), scores[i], 0, {}}, flat(640, 480, 1));
  }
  REQUIRE(worst.picks().size() == 3);
  CHECK(worst.picks()[0].score.number == 8);
  CHECK(worst.picks()[1].score.number == 2);
  CHECK(worst.picks()[2].score.number == 5);
  CHECK(worst.picks()[0].image.width == tools::PickedFrames::width);
  CHECK(worst.picks()[0].image.height == 240);
}

TEST_CASE("given --annotate, a video of the same frames with their scores on them is written",
          "[ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  const TemporaryDir dir;
  const int count = write_sequence(dir, 4);
  const Finished done = test::fliqe("video -q --every 3 -o /dev/null --annotate '" +
                                    dir / "out.mp4" + "' '" + dir / "f%04d.png'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  auto before = tools::open_frame_source(dir / "f%04d.png", {});
  auto after = tools::open_frame_source(dir / "out.mp4", {});
  int frames = 0, compared = 0, width = 0;
  while (auto drawn = after->next()) {
    const auto original = before->next();
    REQUIRE(original);
    ++frames;
    CHECK(drawn->seconds == Approx(original->seconds).margin(1e-3));
    const Image first = tools::in_rgb(original->image);
    // The pictures differ in size; the video has that of the first, made even.
    if (frames == 1) width = first.width + first.width % 2;
    REQUIRE(drawn->image.width == width);
    if (frames % 3 != 1) continue;
    ++compared;
    const auto difference = [&](int from, int to) {
      double sum = 0;
      for (int y = from; y < to; ++y) {
        for (int x = 0; x < 3 * 100; ++x) {
          sum += std::abs(first.view().row(y)[x] - drawn->image.view().row(y)[x]);
        }
      }
      return sum / (300.0 * (to - from));
    };
    CHECK(difference(16, 60) > 15);                           // the box
    CHECK(difference(first.height - 100, first.height) < 8);  // what compression changes
  }
  CHECK(frames == count);
  CHECK(compared == count / 3);
  const Finished unknown =
      test::fliqe("video -q --annotate '" + dir / "out.nothing" + "' '" + dir / "f%04d.png'");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.errors, Catch::Contains("out.nothing: expected a video file's ending"));
}

TEST_CASE("given --report, one page holds everything", "[ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  const TemporaryDir dir;
  const std::string page = read_text(write_report(dir));
  CHECK_THAT(page, Catch::Contains("smoothed over 5 (mean)"));
  CHECK_THAT(page, Catch::Contains("<polyline class=\"c1 thin\""));
  CHECK_THAT(page, Catch::Contains("SHA-256 of the weights"));
  CHECK_THAT(page, Catch::Contains("data:image/jpeg;base64,/9j/"));
  for (const char* outside : {"http:", "https:", "url(", "<script", "@import", "nan", "inf\""}) {
    CHECK(page.find(outside) == page.npos);
  }
}

TEST_CASE("given --report, a browser shows the page without complaint", "[chromium][ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  if (!has_program("chromium")) return skip("chromium is not installed");
  const TemporaryDir dir;
  const std::string page = write_report(dir);
  // With every address unreachable but the page itself, and the browser's console on its errors.
  const Finished shot = run(
      "chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --enable-logging=stderr "
      "--proxy-server=127.0.0.1:1 --user-data-dir='" +
      dir / "profile" + "' --window-size=1000,1400 --screenshot='" + dir / "shot.png" +
      "' 'file://" + page + "'");
  REQUIRE(fs::exists(dir / "shot.png"));
  CHECK(shot.errors.find("CONSOLE") == std::string::npos);
  const auto bytes = tools::read_input(dir / "shot.png");
  const Image picture = tools::decode(bytes, "shot.png");
  CHECK(picture.width == 1000);
  std::size_t colored = 0;
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
    const int red = picture.pixels[i], blue = picture.pixels[i + 2];
    colored += std::abs(red - blue) > 60 ? 1 : 0;
  }
  CHECK(colored > 1000);  // lines and bars are drawn
}
