// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/base/file.hpp>
#include <fliqe/image/load.hpp>
#include <fliqe/image/sound_header.hpp>
#include <random>

#include "images/decode.hpp"
#include "images/exif_orientation.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("given a PGM or PPM, grey stays grey and colours stay in order") {
  const Image pgm = decode_image(bytes_of("P5 2 2 255\n\x01\x02\x03\x04"), "a.pgm");
  CHECK(pgm.format == PixelFormat::gray8);
  CHECK(pgm.pixels == std::vector<std::uint8_t>{1, 2, 3, 4});
  const Image ppm = decode_image(bytes_of("P6 1 2 255\nabcdef"), "a.ppm");
  CHECK(ppm.format == PixelFormat::rgb8);
  CHECK(ppm.pixels == std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST_CASE("given 16 bits a sample, the upper 8 remain in both decoders") {
  // 2x1 grey PNG of 16 bits with the samples 0x12ff and 0xfe00.
  const unsigned char png[] = {
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
      0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x10, 0x00, 0x00, 0x00,
      0x00, 0x81, 0xd9, 0xfc, 0x15, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78,
      0x9c, 0x63, 0x10, 0xfa, 0xff, 0x8f, 0x01, 0x00, 0x05, 0x46, 0x02, 0x10, 0xd9, 0x94,
      0x2a, 0xa5, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  const auto bytes = std::as_bytes(std::span(png));
  const std::vector<std::uint8_t> expected{0x12, 0xfe};
  CHECK(decode_image(bytes, "a.png").pixels == expected);
  CHECK(tools::decode(bytes, "a.png").pixels == expected);
}

TEST_CASE("given bytes that are no picture, the error names the file and what was expected") {
  for (const std::string& text :
       {std::string("hello"), std::string(1000, '\0'), std::string("P5")}) {
    try {
      tools::decode(bytes_of(text), "dir/file.jpg");
      FAIL("no error");
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Catch::StartsWith("dir/file.jpg: expected a JPEG, PNG"));
    }
  }
  CHECK_THROWS_WITH(decode_image({}, "x"), "x: the file is empty");
  CHECK_THROWS_WITH(load_image("/no/such/file"),
                    "/no/such/file: cannot open: No such file or directory");
  CHECK_THROWS_AS(load_image("/"), Error);
  CHECK_FALSE(try_load_image("/no/such/file").has_value());
}

TEST_CASE("given a picture larger than the limit, it is refused before memory is taken") {
  CHECK_THROWS_WITH(decode_image(bytes_of("P5 65000 65000 255\n"), "huge.pgm"),
                    Catch::Contains("65000x65000"));
}

TEST_CASE("given a picture of more pixels than the caller takes, it is refused") {
  for (const char* name : {"0_120_60_0_09564.jpg", "0_120_70_0_09592_GaussianNoise.png"}) {
    const auto file = read_file((example_images() / name).string());
    for (const auto& decoder : {decode_image, tools::decode}) {
      CHECK_THROWS_WITH(decoder(file, "x", 1000),
                        Catch::Contains("x: expected at most 1000 pixels, found "));
    }
  }
}

TEST_CASE("given a few bytes that claim to be a large picture, they are refused at once") {
  const auto file = read_file((example_images() / "0_120_60_0_09564.jpg").string());
  std::vector<std::byte> large(file.begin(), file.begin() + 4000);
  const std::string_view text(reinterpret_cast<const char*>(large.data()), large.size());
  const std::size_t frame = text.find("\xff\xc0");
  REQUIRE(frame != std::string_view::npos);
  for (std::size_t i = 5; i < 9; ++i) large[frame + i] = std::byte{0x3f};  // 16191 x 16191
  for (const auto& decoder : {decode_image, tools::decode}) {
    CHECK_THROWS_WITH(decoder(large, "x.jpg", max_image_pixels),
                      Catch::Contains("x.jpg: expected at least 512008 bytes for 16191x16191"));
  }
  CHECK_THROWS_WITH(decode_image(bytes_of("P5 9000 9000 255\n"), "x.pgm"),
                    Catch::Contains("expected at least"));
}

TEST_CASE("given a PNG chunk that claims more than the file has, no memory is taken for it") {
  auto file = read_file((example_images() / "0_120_70_0_09592_GaussianNoise.png").string());
  REQUIRE(detail::png_chunks_fit(file));
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  file[text.find("IDAT") - 4] = std::byte{0x3f};
  CHECK_THROWS_WITH(decode_image(file, "x.png"), Catch::Contains("beyond the end of the file"));
}

TEST_CASE("given a PGM whose header holds an endless number, it is refused") {
  CHECK_THROWS_WITH(decode_image(bytes_of("P5 35 " + std::string(60, '3') + " 255 x"), "x.pgm"),
                    "x.pgm: a number of more than 9 digits in the header");
  const std::string commented = "P5 # 12345678901234\n2 1 255 ab";
  CHECK(decode_image(bytes_of(commented), "x.pgm").pixels == std::vector<std::uint8_t>{'a', 'b'});
}

TEST_CASE("given a JPEG with more Huffman codes than there can be, it is refused") {
  const auto file = read_file((example_images() / "0_120_60_0_09564.jpg").string());
  REQUIRE(detail::JpegTables::fault(file) == nullptr);
  std::vector<std::byte> broken = file;
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  for (std::size_t i = 0; i < 16; ++i) broken[text.find("\xff\xc4") + 5 + i] = std::byte{17};
  CHECK_THROWS_WITH(decode_image(broken, "x.jpg"), Catch::Contains("more than 256 codes"));
  CHECK_THROWS_AS(tools::decode(broken, "x.jpg"), Error);
}

TEST_CASE("given a JPEG without a Huffman table that it uses, it is refused") {
  const auto file = read_file((example_images() / "0_120_60_0_09564.jpg").string());
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  // Renames each table in turn: kind and number follow the length of its segment.
  std::size_t tables = 0;
  for (std::size_t at = text.find("\xff\xc4"); at != text.npos;
       at = text.find("\xff\xc4", at + 1)) {
    std::vector<std::byte> broken = file;
    broken[at + 4] ^= std::byte{3};
    CHECK_THROWS_WITH(
        decode_image(broken, "x.jpg"),
        "x.jpg: a scan of the JPEG names a Huffman table that the file does not have");
    ++tables;
  }
  CHECK(tables == 2);
  // Behind its end may follow what looks like a scan.
  std::vector<std::byte> longer = file;
  for (const int each : {0xff, 0xda, 0, 12, 3, 1, 0x33, 2, 0x33, 3, 0x33, 0, 63, 0}) {
    longer.push_back(static_cast<std::byte>(each));
  }
  CHECK(decode_image(longer, "x.jpg").pixels == decode_image(file, "x.jpg").pixels);
}

TEST_CASE("given JPEGs of every kind that Pillow writes, all have their Huffman tables",
          "[pillow]") {
  if (!python_has("PIL.Image")) return skip("python3-pil is not installed");
  const TemporaryDir dir;
  const std::string script = (source_dir() / "tests/image/pillow_jpegs.py").string();
  REQUIRE(run("/usr/bin/python3 '" + script + "' '" + dir.path().string() + "'").exit_code == 0);
  std::size_t read = 0;
  for (const auto& entry : fs::directory_iterator(dir.path())) {
    const std::string path = entry.path().string();
    INFO(path);
    const Image ours = load_image(path), libjpeg = tools::decode(read_file(path), path);
    REQUIRE(ours.pixels.size() == libjpeg.pixels.size());
    int largest = 0;
    for (std::size_t i = 0; i < ours.pixels.size(); ++i) {
      largest = std::max(largest, std::abs(ours.pixels[i] - libjpeg.pixels[i]));
    }
    CHECK(largest <= 4);
    ++read;
  }
  CHECK(read == 8);
}

TEST_CASE("given truncated pictures, decoding fails or succeeds but never crashes") {
  for (const char* name : {"0_120_60_0_09564.jpg", "0_120_70_0_09592_GaussianNoise.png"}) {
    const std::vector<std::byte> whole = read_file((example_images() / name).string());
    for (std::size_t part = 0; part < 40; ++part) {
      const auto bytes = std::span(whole).first(whole.size() * part / 40);
      CHECK_THROWS_AS(tools::decode(bytes, name), Error);
      try {
        decode_image(bytes, name);
      } catch (const Error&) {
      }
    }
  }
}

TEST_CASE("given damaged pictures, decoding fails or succeeds but never crashes") {
  std::mt19937 random(1);
  for (const char* name : {"0_120_60_0_09564.jpg", "0_120_70_0_09592_GaussianNoise.png"}) {
    const std::vector<std::byte> whole = read_file((example_images() / name).string());
    for (int round = 0; round < 60; ++round) {
      std::vector<std::byte> bytes = whole;
      for (int i = 0; i < 10; ++i) {
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      }
      for (const auto decoder : {&tools::decode, &decode_image}) {
        try {
          decoder(bytes, name, max_image_pixels);
        } catch (const Error&) {
        }
      }
    }
  }
  SUCCEED();
}

TEST_CASE("given an EXIF orientation, the picture is turned upright") {
  //  stored:  1 2 3
  //           4 5 6
  const Image stored{3, 2, PixelFormat::gray8, {1, 2, 3, 4, 5, 6}};
  const auto [orientation, width, pixels] =
      GENERATE(table<int, int, std::vector<std::uint8_t>>({{1, 3, {1, 2, 3, 4, 5, 6}},
                                                           {2, 3, {3, 2, 1, 6, 5, 4}},
                                                           {3, 3, {6, 5, 4, 3, 2, 1}},
                                                           {4, 3, {4, 5, 6, 1, 2, 3}},
                                                           {5, 2, {1, 4, 2, 5, 3, 6}},
                                                           {6, 2, {4, 1, 5, 2, 6, 3}},
                                                           {7, 2, {6, 3, 5, 2, 4, 1}},
                                                           {8, 2, {3, 6, 2, 5, 1, 4}}}));
  const Image turned = tools::upright(stored, orientation);
  CHECK(turned.width == width);
  CHECK(turned.height == 6 / width);
  CHECK(turned.pixels == pixels);
}

TEST_CASE("given EXIF data in either byte order, the orientation is found; else it is upright") {
  const std::string head("Exif\0\0", 6);
  const std::string little =
      head + std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 22);
  const std::string big =
      head + std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0", 22);
  CHECK(tools::exif_orientation(bytes_of(little)) == 6);
  CHECK(tools::exif_orientation(bytes_of(big)) == 8);
  CHECK(tools::exif_orientation(bytes_of(little.substr(0, 20))) == 1);
  CHECK(tools::exif_orientation(bytes_of("FLIR")) == 1);
  CHECK(tools::exif_orientation({}) == 1);
}
