// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/thermal.hpp>
#include <nlohmann/json.hpp>

#include "images/encode.hpp"
#include "images/tiff.hpp"
#include "io/inputs.hpp"
#include "pictures/picture.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"
#include "support/skip.hpp"
#include "support/thermal_scenes.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// Constants of a real camera (T420), through a window and 20 m of air.
Radiometry camera_scene() {
  Radiometry scene;
  scene.r1 = 15655.581;
  scene.r2 = 0.014206;
  scene.b = 1417.3;
  scene.f = 1;
  scene.o = -4754;
  scene.emissivity = 0.92;
  scene.distance = 20;
  scene.reflected_temperature = 289.15;
  scene.atmosphere_temperature = 281.15;
  scene.window_temperature = 285.15;
  scene.window_transmission = 0.9;
  scene.relative_humidity = 0.6;
  return scene;
}

FlirWriter example(int width = 80, int height = 60) {
  FlirWriter writer;
  writer.raw = scene_counts(width, height);
  writer.scene = camera_scene();
  return writer;
}

std::string message_of(const test::FileBytes& bytes) {
  try {
    decode_flir(bytes, "a.fff");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// What the camera would count of an object: the way of the light, forwards.
double counts_of(double celsius, const Radiometry& scene, double air) {
  const auto blackbody = [&](double kelvin) {
    return scene.r1 / (scene.r2 * (std::exp(scene.b / kelvin) - scene.f)) - scene.o;
  };
  double light = scene.emissivity * blackbody(celsius + 273.15) +
                 (1 - scene.emissivity) * blackbody(scene.reflected_temperature);
  const double from_air = (1 - air) * blackbody(scene.atmosphere_temperature);
  light = air * light + from_air;
  light = scene.window_transmission * light +
          (1 - scene.window_transmission) * blackbody(scene.window_temperature);
  return air * light + from_air;
}

}  // namespace

TEST_CASE("given FLIR files of either byte order, counts, camera and constants are read") {
  FlirWriter writer = example();
  writer.order = GENERATE(std::endian::big, std::endian::little);
  writer.percent_humidity = GENERATE(false, true);
  const std::size_t segment = GENERATE(100, 5000, 60000);
  for (const test::FileBytes& file :
       {writer.fff(), writer.jpeg(segment % 60000 == 0 ? 60000 : 5000)}) {
    const ThermalFrame frame = decode_flir(file, "a");
    CHECK(frame.raw.width == 80);
    CHECK(frame.raw.height == 60);
    CHECK(frame.raw.counts == writer.raw.counts);
    CHECK(frame.camera == "TEST CAM");
    REQUIRE(frame.radiometry.has_value());
    CHECK(frame.radiometry->r1 == Approx(writer.scene.r1));
    CHECK(frame.radiometry->o == writer.scene.o);
    CHECK(frame.radiometry->relative_humidity == Approx(0.6));
  }
}

TEST_CASE("given raw data as a PNG or raw, in either order of bytes, the smoother one is taken") {
  FlirWriter writer = example();
  RawFrame swapped = writer.raw;
  for (std::uint16_t& count : swapped.counts) count = detail::swapped_bytes(count);
  const test::FileBytes payloads[] = {
      tools::encode_gray16_png(writer.raw), tools::encode_gray16_png(swapped),
      count_bytes(writer.raw, std::endian::little), count_bytes(writer.raw, std::endian::big)};
  for (const test::FileBytes& payload : payloads) {
    writer.payload = payload;
    CHECK(decode_flir(writer.fff(), "a").raw.counts == writer.raw.counts);
  }
  writer.payload = payloads[1];
  CHECK(decode_flir(writer.fff(), "a", std::endian::big).raw.counts == swapped.counts);
  CHECK(decode_flir(writer.fff(), "a", std::endian::little).raw.counts == writer.raw.counts);
}

TEST_CASE("given a JPEG whose pieces have no numbers or come twice, it is put together") {
  const FlirWriter writer = example();
  CHECK(decode_flir(writer.jpeg(3000, false), "a").raw.counts == writer.raw.counts);
  test::FileBytes twice = writer.jpeg(60000);
  const test::FileBytes once = twice;
  twice.insert(twice.begin() + 2, once.begin() + 2, once.end() - 2);
  CHECK(decode_flir(twice, "a").raw.counts == writer.raw.counts);
}

TEST_CASE("given a SEQ file, every frame can be had") {
  FlirWriter first = example(), second = example(40, 30);
  second.order = std::endian::little;
  test::FileBytes file = first.fff();
  const test::FileBytes more = second.fff();
  file.insert(file.end(), more.begin(), more.end());
  CHECK(fff_frames(file).size() == 2);
  CHECK(decode_flir(file, "a", {}, 0).raw.width == 80);
  CHECK(decode_flir(file, "a", {}, 1).raw.counts == second.raw.counts);
  CHECK_THROWS_WITH(decode_flir(file, "a", {}, 2), Catch::Contains("a frame below 2, found 2"));
}

TEST_CASE("given a scene, temperatures are those that make the camera count what it counts") {
  Radiometry scene = camera_scene();
  scene.distance = GENERATE(0.0, 1.0, 20.0, 300.0);
  const TemperatureScale scale(scene);
  const double t = scene.atmosphere_temperature - 273.15;
  const double water =
      0.6 * std::exp(1.5587 + 0.06939 * t - 0.00027816 * t * t + 0.00000068455 * t * t * t);
  const double way = std::sqrt(scene.distance / 2);
  const double air = 1.9 * std::exp(-way * (0.006569 - 0.002276 * std::sqrt(water))) -
                     0.9 * std::exp(-way * (0.01262 - 0.00667 * std::sqrt(water)));
  for (const double celsius : {-15.0, 0.0, 20.0, 37.0, 150.0}) {
    const double counts = counts_of(celsius, scene, air);
    REQUIRE(counts > 0);
    REQUIRE(counts < 65535);
    // Between two whole counts lies less than the tolerance.
    CHECK(scale.celsius(static_cast<std::uint16_t>(std::lrint(counts))) ==
          Approx(celsius).margin(0.05));
  }
}

TEST_CASE("given linear counts, temperatures follow the step; impossible ones are NaN") {
  const TemperatureScale scale = TemperatureScale::linear(0.04);
  CHECK(scale.celsius(7000) == Approx(6.85));
  CHECK(std::isnan(scale.celsius(0)));
  CHECK_THROWS_AS(TemperatureScale::linear(0), Error);
  Radiometry bad = camera_scene();
  bad.emissivity = 0;
  CHECK_THROWS_WITH(TemperatureScale(bad), Catch::Contains("emissivity"));
  bad = camera_scene();
  bad.r1 = std::nan("");
  CHECK_FALSE(bad.is_valid());
}

TEST_CASE("given files that are not radiometric or broken, the message says what is missing") {
  CHECK_THAT(message_of({}), Catch::Contains("expected a radiometric JPEG"));
  const test::FileBytes jpeg{std::byte{0xff}, std::byte{0xd8}, std::byte{0xff}, std::byte{0xd9}};
  CHECK_THAT(message_of(jpeg), Catch::Contains("not radiometric"));
  FlirWriter writer = example();
  writer.version = 7;
  CHECK_THAT(message_of(writer.fff()), Catch::Contains("version from 100 to 199"));
  writer = example();
  writer.raw.width = 81;
  CHECK_THAT(message_of(writer.fff()), Catch::Contains("expected 9720 bytes of raw data"));
  writer = example();
  writer.payload = {std::byte{0xff}, std::byte{0xd8}, std::byte{0xff}, std::byte{0xf7}};
  CHECK_THAT(message_of(writer.fff()), Catch::Contains("a.fff: the raw data is JPEG-LS (CSQ)"));
  test::FileBytes file = example().fff();
  file.resize(0x60);
  CHECK_THAT(message_of(file), Catch::Contains("a.fff: byte"));
  file = example().fff();
  std::fill_n(file.begin() + 0x60, 0x20, std::byte{0});  // the entry of the raw data
  CHECK_THAT(message_of(file), Catch::Contains("no raw thermal data"));
}

namespace {

/// Reads a damaged file: it works or throws an Error; anything else ends the test.
void read_damaged(const test::FileBytes& bytes) {
  try {
    tools::decode_picture(bytes, "damaged", {.source = "raw"});
  } catch (const Error&) {
  }
}

void damage(const test::FileBytes& file, unsigned seed, int times = 60) {
  Random random(seed);
  const auto size = static_cast<int>(file.size());
  for (int i = 0; i < times; ++i) {
    const auto kept = static_cast<std::size_t>(random.between(0, size - 1));
    read_damaged(test::FileBytes(file.data(), file.data() + kept));
    test::FileBytes flipped = file;
    // Mostly where the structure is.
    const int reach = i % 3 == 0 ? size : std::min(size, 2048);
    for (int flips = random.between(1, 4); flips > 0; --flips) {
      flipped[static_cast<std::size_t>(random.between(0, reach - 1))] ^=
          static_cast<std::byte>(1 << random.between(0, 7));
    }
    read_damaged(flipped);
  }
}

}  // namespace

TEST_CASE("given truncated and altered files, there are errors and no crashes") {
  FlirWriter writer = example(20, 16);
  damage(writer.fff(), 1);
  damage(writer.jpeg(700), 2);
  writer.payload = tools::encode_gray16_png(writer.raw);
  damage(writer.fff(), 3);
  damage(tools::encode_gray16_tiff(writer.raw), 4);
  damage(tools::encode_gray16_png(writer.raw), 5);
}

TEST_CASE("given truncated and altered files of real cameras, there are errors and no crashes",
          "[shared]") {
  const auto shared = shared_dir();
  if (!shared) return skip(no_shared_dir);
  unsigned seed = 10;
  for (const char* folder : {"radiometric", "raw16"}) {
    for (const auto& file : fs::directory_iterator(*shared / folder)) {
      damage(tools::read_input(file.path().string()), ++seed, 15);
    }
  }
}

TEST_CASE("given real files, size, camera and temperatures are those of ExifTool and NumPy",
          "[exiftool][opencv][shared]") {
  const auto shared = shared_dir();
  if (!shared) return skip(no_shared_dir);
  if (!python_has("cv2, numpy")) return skip("python3-opencv is not installed");
  if (!has_program("exiftool")) return skip("libimage-exiftool-perl is not installed");
  std::string files;
  for (const char* folder : {"radiometric", "raw16"}) {
    for (const auto& file : fs::directory_iterator(*shared / folder)) {
      const std::string path = file.path().string();
      if (path.find("/radiometric/") != std::string::npos || path.ends_with(".fff")) {
        files += " '" + path + "'";
      }
    }
  }
  const std::string script = (source_dir() / "tests/thermal/thermal_reference.py").string();
  const Finished reference = run("/usr/bin/python3 '" + script + "'" + files);
  INFO(reference.errors);
  REQUIRE(reference.exit_code == 0);
  const Finished ours = test::fliqe("thermal --json" + files);
  REQUIRE(ours.exit_code == 0);
  const auto expected = nlohmann::json::parse(reference.output);
  const auto found = nlohmann::json::parse(ours.output);
  REQUIRE(found.size() == expected.size());
  REQUIRE(found.size() == 23);
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(found[i]["SourceFile"]);
    CHECK(found[i]["width"] == expected[i]["width"]);
    CHECK(found[i]["height"] == expected[i]["height"]);
    CHECK(found[i]["camera"] == expected[i]["camera"]);
    for (const char* key : {"min", "mean", "max"}) {
      CHECK(found[i]["celsius"][key].get<double>() ==
            Approx(expected[i][key].get<double>()).margin(0.01));
    }
  }
}

TEST_CASE("given counts, PNG and TIFF of 16 bits bring them back, and so does a headerless file") {
  const TemporaryDir dir;
  const RawFrame raw = scene_counts(33, 21);
  tools::write_bytes(dir / "a.png", tools::encode_gray16_png(raw));
  for (const char* name : {"b.tiff", "c.png", "d.tif"}) {
    const std::string path = dir / name;
    REQUIRE(test::fliqe("thermal '" + dir / "a.png" + "' --export '" + path + "'").exit_code == 0);
    const test::FileBytes bytes = tools::read_input(path);
    CHECK(tools::decode_counts(bytes, path, {}).raw.counts == raw.counts);
  }
  const test::FileBytes little = count_bytes(raw, std::endian::little);
  CHECK(raw_frame_from(little, 33, 21, "a.y16").counts == raw.counts);
  const test::FileBytes big = count_bytes(raw, std::endian::big);
  CHECK(raw_frame_from(big, 33, 21, "a.y16", std::endian::big).counts == raw.counts);
  CHECK_THROWS_WITH(raw_frame_from(little, 33, 22, "a.y16"),
                    Catch::Contains("expected 1452 bytes") && Catch::Contains("found 1386"));
}

TEST_CASE("given thermal files, fliqe score takes them and says which AGC made the picture") {
  const TemporaryDir dir;
  const FlirWriter writer = example(160, 120);
  write_file(dir / "a.fff", writer.fff());
  tools::write_bytes(dir / "b.png", tools::encode_gray16_png(writer.raw));
  tools::write_bytes(dir / "c.tiff", tools::encode_gray16_tiff(writer.raw));
  write_file(dir / "d.y16", count_bytes(writer.raw, std::endian::little));
  const std::string files =
      "'" + dir / "a.fff" + "' '" + dir / "b.png" + "' '" + dir / "c.tiff" + "' '" + dir / "d.y16'";
  const Finished done =
      test::fliqe("score --format json --raw-size 160x120 --agc plateau " + files);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.errors, Catch::Contains("4 of them were 16-bit counts") &&
                              Catch::Contains("--agc plateau:150"));
  const auto images = nlohmann::json::parse(done.output)["images"];
  REQUIRE(images.size() == 4);
  for (const auto& image : images) {
    CHECK(image["agc"] == "plateau:150");
    CHECK(image["quality"] == images[0]["quality"]);
  }
  const auto expected = [&](const std::string& agc) {
    const Image picture = apply_agc(writer.raw, agc_from_string(agc));
    tools::write_image(dir / "gray.png", picture);
    return test::fliqe("score -q --format csv '" + dir / "gray.png'").output;
  };
  const std::string first =
      test::fliqe("score -q --format csv --agc clahe '" + dir / "a.fff'").output;
  const auto field = [](const std::string& csv) {
    const std::string row = csv.substr(csv.find('\n') + 1);
    const std::size_t comma = row.find(',');
    return row.substr(comma, row.find(',', comma + 1) - comma);
  };
  CHECK(field(first) == field(expected("clahe")));
  CHECK(field(first) != field(expected("minmax")));

  const Finished no_size = test::fliqe("score '" + dir / "d.y16'");
  CHECK(no_size.exit_code == 3);
  CHECK_THAT(no_size.errors, Catch::Contains("--raw-size"));
  const Finished bad_agc = test::fliqe("score --agc magic '" + dir / "a.fff'");
  CHECK(bad_agc.exit_code == 2);
  CHECK_THAT(bad_agc.errors, Catch::Contains("found 'magic'"));
  const Finished no_span = test::fliqe("score --agc span:0:40 '" + dir / "b.png'");
  CHECK_THAT(no_span.errors, Catch::Contains("needs radiometric data"));
}

TEST_CASE("given a radiometric JPEG, the rendered picture or the raw counts are scored") {
  const TemporaryDir dir;
  const Image rendered{64, 48, PixelFormat::gray8, std::vector<std::uint8_t>(64 * 48, 90)};
  test::FileBytes file = tools::encode_jpeg(rendered, 90);
  const test::FileBytes segments = example().jpeg();
  file.insert(file.begin() + 2, segments.begin() + 2, segments.end() - 2);
  write_file(dir / "r.jpg", file);
  const auto scored = [&](const std::string& options) {
    const Finished done = test::fliqe("score --format jsonl " + options + " '" + dir / "r.jpg'");
    REQUIRE(done.exit_code == 0);
    return nlohmann::json::parse(done.output);
  };
  const auto picture = scored(""), raw = scored("--source raw");
  CHECK(picture["width"] == 64);
  CHECK_FALSE(picture.contains("agc"));
  CHECK(raw["width"] == 80);
  CHECK(raw["agc"] == "linear:1");
}

TEST_CASE("given a thermal file, fliqe thermal reports, colours and overrides the scene") {
  const TemporaryDir dir;
  write_file(dir / "a.fff", example().fff());
  const std::string file = "'" + dir / "a.fff'";
  const Finished text = test::fliqe("thermal " + file);
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Catch::Contains("80x60, TEST CAM") && Catch::Contains("temperature"));
  const auto mean = [&](const std::string& options) {
    const auto json = nlohmann::json::parse(test::fliqe("thermal --json " + options + file).output);
    return json[0]["celsius"]["mean"].get<double>();
  };
  CHECK(mean("") != Approx(mean("--emissivity 0.5 ")).margin(0.5));
  CHECK(mean("--kelvin-per-count 0.02 ") == Approx(0.02 * 15000 - 273.15).margin(5));

  tools::write_bytes(dir / "b.png", tools::encode_gray16_png(scene_counts(8, 6)));
  const Finished no_constants = test::fliqe("thermal --emissivity 0.5 '" + dir / "b.png'");
  CHECK(no_constants.exit_code == 2);
  CHECK_THAT(no_constants.errors, Catch::Contains("need Planck constants, found none"));

  REQUIRE(test::fliqe("thermal " + file + " --palette rainbow -o '" + dir / "a.png'").exit_code ==
          0);
  const Image colored = tools::decode_picture(tools::read_input(dir / "a.png"), "a.png", {}).image;
  CHECK(colored.height == 60);
  CHECK(colored.width > 80);
  CHECK(colored.format == PixelFormat::rgb8);

  const Finished broken = test::fliqe("thermal --json " + file + " '" +
                                      (example_images() / "0_120_60_0_09564.jpg").string() + "'");
  CHECK(broken.exit_code == 3);
  const auto json = nlohmann::json::parse(broken.output);
  CHECK_THAT(json[1]["error"].get<std::string>(), Catch::Contains("not radiometric"));
}
