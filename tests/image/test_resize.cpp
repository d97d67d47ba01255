// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstdint>
#include <fliqe/base/file.hpp>
#include <fliqe/image/load.hpp>
#include <fliqe/image/resize.hpp>
#include <random>
#include <sstream>

#include "images/decode.hpp"
#include "io/sha256.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

Image random_image(int width, int height, PixelFormat format, unsigned seed) {
  Image image{width, height, format, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channel_count(format)));
  std::mt19937 random(seed);
  // Stretches of black and white among the noise bring the rounding to its ends.
  for (std::uint8_t& value : image.pixels) {
    const unsigned draw = random();
    value = draw % 8 == 0 ? 0 : draw % 8 == 1 ? 255 : static_cast<std::uint8_t>(draw >> 8);
  }
  return image;
}

std::string sha256_of(const Image& image) {
  return tools::sha256(std::as_bytes(std::span(image.pixels)));
}

Image as_rgb(const Image& image) {
  if (image.format == PixelFormat::rgb8) return image;
  Image result{image.width, image.height, PixelFormat::rgb8, {}};
  for (const std::uint8_t value : image.pixels) result.pixels.insert(result.pixels.end(), 3, value);
  return result;
}

void check_golden(const fs::path& images, const fs::path& golden) {
  for (const Golden& entry : read_golden(golden)) {
    INFO(entry.image);
    const std::string path = (images / entry.image).string();
    const Image image = tools::decode(read_file(path), path);
    CHECK(sha256_of(as_rgb(image)) == entry.decoded_sha256);
    CHECK(sha256_of(as_rgb(resize_bilinear(image, 224, 224))) == entry.resized_sha256);
    if (path.ends_with(".jpg")) continue;  // stb_image's JPEGs may differ
    const Image by_stb = load_image(path);
    CHECK(sha256_of(as_rgb(by_stb)) == entry.decoded_sha256);
  }
}

}  // namespace

TEST_CASE("given the example pictures, decoding and resizing give OpenCV's and Pillow's bytes") {
  check_golden(example_images(), source_dir() / "tests/data/golden-examples.json");
}

TEST_CASE("given the golden pictures, decoding and resizing give OpenCV's and Pillow's bytes",
          "[shared]") {
  const auto shared = shared_dir();
  if (!shared) return skip(no_shared_dir);
  check_golden(*shared / "images", *shared / "golden/compact.json");
}

TEST_CASE("given odd sizes, resizing gives Pillow's bytes", "[pillow]") {
  if (!python_has("PIL.Image")) return skip("python3-pil is not installed");
  const TemporaryDir dir;
  std::mt19937 random(7);
  std::vector<std::string> ours;
  std::ostringstream list;
  for (unsigned i = 0; i < 60; ++i) {
    const auto size = [&] { return 1 + static_cast<int>(random() % (i < 10 ? 4 : 700)); };
    const int width = size(), height = size();
    const int out_width = i % 3 == 0 ? 224 : size(), out_height = i % 3 == 0 ? 224 : size();
    const PixelFormat format = i % 2 == 0 ? PixelFormat::gray8 : PixelFormat::rgb8;
    const Image image = random_image(width, height, format, i);
    const std::string path = dir / std::to_string(i);
    write_file(path, std::as_bytes(std::span(image.pixels)));
    list << path << ' ' << (format == PixelFormat::gray8 ? "L" : "RGB") << ' ' << width << ' '
         << height << ' ' << out_width << ' ' << out_height << '\n';
    ours.push_back(sha256_of(resize_bilinear(image, out_width, out_height, 2)));
  }
  write_file(dir / "list", list.str());
  const Finished pillow =
      run("/usr/bin/python3 '" + (source_dir() / "tests/image/pillow_resize.py").string() + "' '" +
          dir / "list" + "'");
  REQUIRE(pillow.exit_code == 0);
  std::istringstream theirs(pillow.output);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    std::string expected;
    theirs >> expected;
    INFO("case " << i);
    CHECK(ours[i] == expected);
  }
}

TEST_CASE("given the same picture in any channel order and stride, resizing gives the same RGB") {
  const Image image = random_image(61, 47, PixelFormat::rgb8, 3);
  const Image expected = resize_bilinear(image, 32, 24);
  for (const PixelFormat format :
       {PixelFormat::rgb8, PixelFormat::bgr8, PixelFormat::rgba8, PixelFormat::bgra8}) {
    const int channels = channel_count(format);
    const bool blue_first = format == PixelFormat::bgr8 || format == PixelFormat::bgra8;
    const std::ptrdiff_t stride = 61 * channels + 13;
    std::vector<std::uint8_t> memory(static_cast<std::size_t>(stride) * 47, 99);
    for (int y = 0; y < 47; ++y) {
      for (int x = 0; x < 61; ++x) {
        for (int c = 0; c < 3; ++c) {
          memory[static_cast<std::size_t>(y * stride + x * channels + (blue_first ? 2 - c : c))] =
              image.view().row(y)[3 * x + c];
        }
      }
    }
    const ImageView view{memory.data(), 61, 47, stride, format};
    CHECK(resize_bilinear(view, 32, 24).pixels == expected.pixels);
    // The same rows from the last to the first: upside down twice.
    std::vector<std::uint8_t> flipped(memory.size());
    for (int y = 0; y < 47; ++y) {
      std::copy_n(view.row(y), stride, flipped.begin() + (46 - y) * stride);
    }
    const ImageView upward{flipped.data() + 46 * stride, 61, 47, -stride, format};
    CHECK(resize_bilinear(upward, 32, 24).pixels == expected.pixels);
  }
}

TEST_CASE("given a grey picture, its resized form equals each channel of the coloured one") {
  const Image image = random_image(90, 33, PixelFormat::gray8, 4);
  const Image small = resize_bilinear(image, 20, 50);
  CHECK(as_rgb(small).pixels == resize_bilinear(as_rgb(image), 20, 50).pixels);
}

TEST_CASE("given any instruction set, resizing gives the same bytes") {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u}) {
    std::mt19937 random(seed);
    const auto size = [&] { return 1 + static_cast<int>(random() % (seed < 5 ? 6 : 300)); };
    const int out_width = size(), out_height = size();
    for (const PixelFormat format : {PixelFormat::gray8, PixelFormat::bgr8, PixelFormat::rgba8}) {
      const Image image = random_image(size(), size(), format, seed);
      const Image expected = resize_bilinear(image, out_width, out_height, 1, Isa::baseline);
      for (const Isa isa : all_isas) {
        if (!is_supported(isa)) continue;
        INFO(image.width << "x" << image.height << " to " << out_width << "x" << out_height
                         << " isa " << to_string(isa));
        const Image same = resize_bilinear(image, out_width, out_height, 1, isa);
        CHECK(same.pixels == expected.pixels);
      }
    }
  }
}

TEST_CASE("given the size that it has, a picture stays as it is") {
  const Image image = random_image(224, 224, PixelFormat::rgb8, 5);
  CHECK(resize_bilinear(image, 224, 224).pixels == image.pixels);
}

TEST_CASE("given any number of threads, resizing gives the same bytes") {
  const Image image = random_image(301, 203, PixelFormat::rgb8, 6);
  const Image expected = resize_bilinear(image, 224, 224, 1);
  for (const int threads : {2, 3, 8}) {
    CHECK(resize_bilinear(image, 224, 224, threads).pixels == expected.pixels);
  }
}

TEST_CASE("given no pixels, resizing is refused") {
  CHECK_THROWS_AS(resize_bilinear(gray(nullptr, 4, 4), 2, 2), Error);
  const std::uint8_t pixel = 0;
  CHECK_THROWS_AS(resize_bilinear(gray(&pixel, 0, 1), 2, 2), Error);
  CHECK_THROWS_AS(resize_bilinear(rgb(&pixel, 1, 2, 2), 2, 2), Error);
  CHECK_THROWS_AS(resize_bilinear(gray(&pixel, 1, 1), 0, 2), Error);
}
