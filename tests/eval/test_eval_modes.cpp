// SPDX-License-Identifier: MIT
/// @file
/// `fliqe eval` with --opinions, with --ladders, and with a head of classes.
#include <catch2/catch.hpp>
#include <fliqe/distortion/simulate.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "eval/ladders.hpp"
#include "eval/opinions.hpp"
#include "images/decode.hpp"
#include "images/encode.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

const std::string clean_picture = (example_images() / "0_120_60_0_09564.jpg").string();

/// The example under twelve strengths of noise, and tables of opinions about them.
struct RatedFolder {
  static constexpr int count = 12;
  TemporaryDir dir;
  std::vector<std::string> files;
  std::vector<double> qualities;

  RatedFolder() {
    const Image image = tools::decode(tools::read_input(clean_picture), clean_picture);
    for (int i = 0; i < count; ++i) {
      files.push_back("n" + std::to_string(i) + ".png");
      DistortionSpec noise(Distortion::gaussian_noise);
      noise.set("sigma", 2.0 * i);
      tools::write_image(dir / files.back(), distort(image, noise, 1));
    }
    REQUIRE(
        test::fliqe("eval '" + dir.path().string() + "' --scores '" + dir / "s.csv'").exit_code ==
        0);
    const tools::CsvTable scores = tools::read_csv(dir / "s.csv");
    for (const std::string& file : files) {
      for (const auto& row : scores.rows) {
        if (row[scores.column("file")] == dir / file) {
          qualities.push_back(std::stod(row[scores.column("quality")]));
        }
      }
    }
    REQUIRE(qualities.size() == count);
  }

  /// @param opinion  from the quality of a picture
  template <class Opinion>
  std::string table(const std::string& header, const Opinion& opinion) const {
    std::string text = header + "\n";
    for (std::size_t i = 0; i < count; ++i) {
      text += files[i] + "," + std::to_string(opinion(qualities[i])) + ",g" +
              std::to_string(i % 2) + "\n";
    }
    test::write_file(dir / "ratings.csv", text);
    return "eval --opinions '" + dir / "ratings.csv' ";
  }
};

nlohmann::json parsed(const Finished& done) {
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return nlohmann::json::parse(done.output);
}

std::string refusal(const std::string& table, const std::string& column = "") {
  const TemporaryDir dir;
  test::write_file(dir / "t.csv", table);
  try {
    tools::read_opinions(dir / "t.csv", column);
  } catch (const Error& error) {
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("given a table of opinions, columns are found by name in any case") {
  const TemporaryDir dir;
  test::write_file(
      dir / "t.csv",
      "Image,votes,MOS,Group\na.png,3,1.5,x\nb/c.png,3,2,x\nd,3,2,y\ne,3,2,y\nf,3,5,y\n");
  const tools::OpinionTable table = tools::read_opinions(dir / "t.csv", "");
  CHECK(table.column == "MOS");
  CHECK(table.has_groups);
  REQUIRE(table.pictures.size() == 5);
  CHECK(table.pictures[1].path == dir / "b/c.png");
  CHECK(table.pictures[1].group == "x");
  CHECK(table.pictures[0].opinion == 1.5);
  CHECK_THROWS_WITH(tools::read_opinions(dir / "t.csv", "votes"),
                    Catch::Contains("different opinion scores") && Catch::Contains("found 3"));
}

TEST_CASE("given a table that cannot be compared, the message names what is wrong with it") {
  CHECK_THAT(refusal("picture,mos\n"), Catch::Contains("expected a column of files, 'file'") &&
                                           Catch::Contains("found 'picture', 'mos'"));
  CHECK_THAT(refusal("file;mos\na;1\n"), Catch::Contains("found 'file;mos'"));
  CHECK_THAT(refusal("file,rating\n"), Catch::Contains("'mos', 'dmos', 'opinion' or 'score'") &&
                                           Catch::Contains("found 'file', 'rating'"));
  CHECK_THAT(refusal("file,mos\n", "rating"), Catch::Contains("'rating', found 'file', 'mos'"));
  CHECK_THAT(refusal("file,mos,score\n"), Catch::Contains("--opinion-column"));
  CHECK_THAT(refusal("file,mos\na.png,1\nb.png,n/a\n"),
             Catch::Contains("column 'mos' of 'b.png'") && Catch::Contains("found 'n/a'"));
  CHECK_THAT(refusal("file,mos\na.png,1\na.png,2\n"), Catch::Contains("'a.png' twice"));
  CHECK_THAT(refusal("file,mos\na,1\nb,2\nc,3\nd,4\n"),
             Catch::Contains("at least 5 pictures, found 4"));
}

TEST_CASE("given opinions that follow quality, fliqe eval --opinions finds full agreement") {
  const RatedFolder folder;
  const std::string mos = folder.table("file,mos,group", [](double q) { return 1 + 4 * q; });
  const std::string page = "'" + folder.dir / "r.html'";
  const std::string scores = "'" + folder.dir / "o.csv'";
  const auto found = parsed(test::fliqe(mos + "--json --html " + page + " --scores " + scores));
  CHECK(found["pictures"] == RatedFolder::count);
  CHECK(found["srocc"]["value"] == 1);
  CHECK(found["krocc"]["value"] == 1);
  CHECK(found["plcc"]["value"].get<double>() == Approx(1));
  CHECK(found["rmse"]["value"].get<double>() == Approx(0).margin(1e-4));
  CHECK(found["groups"]["g0"]["srocc"]["value"] == 1);
  CHECK(found["bootstrap"]["drawn"] == "groups");
  CHECK(parsed(test::fliqe(mos + "--json --split picture"))["bootstrap"]["drawn"] == "pictures");
  CHECK_THAT(read_text(folder.dir / "r.html"),
             Catch::Contains("<circle") && Catch::Contains("n3.png") && !Catch::Contains("http"));
  CHECK(tools::read_csv(folder.dir / "o.csv").rows.size() == RatedFolder::count);

  const Finished one = test::fliqe(mos + "--threads 1"), three = test::fliqe(mos + "--threads 3");
  CHECK(one.output == three.output);
  CHECK_THAT(one.output, Catch::Contains("SROCC") && Catch::Contains("1.0000"));
}

TEST_CASE("given differential scores, fliqe eval --opinions wants to be told") {
  const RatedFolder folder;
  const std::string dmos = folder.table("file,dmos,scene", [](double q) { return 90 - 60 * q; });
  CHECK_THAT(test::fliqe(dmos).output,
             Catch::Contains("-1.0000") && Catch::Contains("say --lower-is-better"));
  const auto found = parsed(test::fliqe(dmos + "--lower-is-better --json"));
  CHECK(found["srocc"]["value"] == 1);
  CHECK(found["better"] == "lower");
  CHECK(found["warnings"].empty());
}

TEST_CASE("given pictures that cannot be read, fliqe eval --opinions compares the others") {
  const RatedFolder folder;
  const std::string command = folder.table("file,score,g", [](double q) { return q; });
  fs::remove(folder.dir / "n4.png");
  const Finished done = test::fliqe(command + "--json");
  CHECK(done.exit_code == 3);
  CHECK_THAT(done.errors, Catch::Contains("n4.png"));
  CHECK(nlohmann::json::parse(done.output)["pictures"] == RatedFolder::count - 1);
  for (int i = 0; i < 7; ++i) fs::remove(folder.dir / folder.files[static_cast<std::size_t>(i)]);
  fs::remove(folder.dir / "n11.png");
  const Finished few = test::fliqe(command);
  CHECK(few.exit_code == 2);
  CHECK_THAT(few.errors, Catch::Contains("at least 5 pictures, found 4"));
}

TEST_CASE("given neither pictures nor opinions, or both, fliqe eval refuses") {
  const Finished neither = test::fliqe("eval --scores t.csv");
  CHECK(neither.exit_code == 2);
  CHECK_THAT(neither.errors, Catch::Contains("--opinions") && Catch::Contains("table to write"));
  CHECK(test::fliqe("eval --opinions t.csv '" + clean_picture + "'").exit_code == 2);
  CHECK(test::fliqe("eval --opinions t.csv --ladders").exit_code == 2);
  CHECK(test::fliqe("eval --tolerance 0.1 '" + clean_picture + "'").exit_code == 2);
}

TEST_CASE("given qualities of a ladder, its shape says whether they fall") {
  using tools::LadderShape;
  using tools::shape_of;
  const auto shape = [](std::vector<double> qualities) { return shape_of(qualities, 0.02); };
  CHECK(shape({0.9, 0.8, 0.3}) == LadderShape::falls);
  CHECK(shape({0.9, 0.3, 0.32, 0.31}) == LadderShape::falls);
  CHECK(shape({0.9, 0.3, 0.33, 0.1}) == LadderShape::rises);
  // Small rises add up.
  CHECK(shape({0.9, 0.3, 0.315, 0.33}) == LadderShape::rises);
  CHECK(shape({0.9, 0.89, 0.9, 0.885}) == LadderShape::flat);
  CHECK(shape({0.1, 0.11, 0.105}) == LadderShape::flat);
  CHECK(shape_of(std::vector{0.9, 0.89}, 0.0) == LadderShape::falls);
}

TEST_CASE("given clean pictures, fliqe eval --ladders grades each under each fault") {
  const TemporaryDir dir;
  const std::string command = "eval --ladders --images '" + clean_picture + "' '" +
                              (example_images() / "0_120_80_0_09620.jpg").string() + "' ";
  const auto found =
      parsed(test::fliqe(command + "--faults GaussianNoise,Vignetting --json --scores '" +
                         dir / "l.csv' --html '" + dir / "l.html'"));
  CHECK(found["pictures"] == 2);
  CHECK(found["ladders"] == 4);
  CHECK(found["falls"].get<double>() + found["flat"].get<double>() + found["rises"].get<double>() ==
        Approx(1));
  const auto& noise = found["faults"]["GaussianNoise"];
  CHECK(noise["parameter"] == "sigma");
  const tools::CsvTable rows = tools::read_csv(dir / "l.csv");
  CHECK(rows.rows.size() == 2 * (7 + 6));
  double strongest = 0;
  for (const auto& row : rows.rows) {
    if (row[1] == "GaussianNoise" && row[3] == "40") strongest += std::stod(row[4]) / 2;
  }
  CHECK(noise["strength_and_quality"].back()[1].get<double>() == Approx(strongest));
  CHECK_THAT(read_text(dir / "l.html"), Catch::Contains("Vignetting") && Catch::Contains("<svg"));

  // No strength at all: what the picture itself gets.
  const auto plain = parsed(test::fliqe("score --format jsonl '" + clean_picture + "'"));
  CHECK(std::stod(rows.rows[0][4]) == Approx(plain["quality"].get<double>()).margin(1e-7));

  const Finished wide = test::fliqe(command + "--faults GaussianNoise --tolerance 1");
  CHECK_THAT(wide.output, Catch::Contains("flat on 100.0 %"));
  CHECK_THAT(test::fliqe(command + "--faults Glare").errors, Catch::Contains("found 'Glare'"));
}

namespace {

/// Pictures of three classes with a head that was trained to tell them apart, and their table.
struct ClassifiedFolder {
  TemporaryDir dir;
  std::string weights = dir / "w.safetensors";

  ClassifiedFolder() {
    std::string table = "file,label,group\n";
    for (const char* name : {"0_120_60_0_09564.jpg", "0_120_80_0_09620.jpg"}) {
      const std::string path = (example_images() / name).string();
      const Image image = tools::decode(tools::read_input(path), path);
      for (const auto& [kind, label] : {std::pair(Distortion::lens_blur, "soft"),
                                        std::pair(Distortion::gaussian_noise, "grainy"),
                                        std::pair(Distortion::overexposure, "bright")}) {
        const std::string file = std::string(info(kind).name) + "-" + name + ".png";
        tools::write_image(dir / file, distort(image, DistortionSpec(kind), 1));
        table += file + "," + label + "," + name + "\n";
      }
    }
    write_file(dir / "t.csv", table);
    const Finished done = test::fliqe("train-head --multiclass --augment 6 --epochs 40 '" +
                                      dir / "t.csv" + "' -o '" + weights + "'");
    INFO(done.errors);
    REQUIRE(done.exit_code == 0);
  }

  Finished eval(const std::string& options) const {
    return test::fliqe("eval --weights '" + weights + "' " + options);
  }
};

}  // namespace

TEST_CASE("given a head of classes, eval counts what classify calls the pictures") {
  const ClassifiedFolder folder;
  const std::string table = "'" + folder.dir / "t.csv" + "'";
  const Finished done = folder.eval("--json --scores '" + folder.dir / "s.csv" + "' " + table);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto report = nlohmann::json::parse(done.output);
  const Finished classified =
      test::fliqe("classify --format csv --weights '" + folder.weights + "' " + table);
  write_file(folder.dir / "c.csv", classified.output);
  const tools::CsvTable called = tools::read_csv(folder.dir / "c.csv");
  const tools::CsvTable scores = tools::read_csv(folder.dir / "s.csv");
  REQUIRE(called.rows.size() == 6);
  REQUIRE(scores.rows.size() == 6);
  std::map<std::string, std::map<std::string, int>> counts;
  int right = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const std::string& label = scores.rows[i][scores.column("label")];
    const std::string& name = called.rows[i][called.column("class")];
    CHECK(scores.rows[i][scores.column("class")] == name);
    CHECK(scores.rows[i][scores.column("soft")] == called.rows[i][called.column("soft")]);
    ++counts[label][name];
    right += label == name ? 1 : 0;
  }
  CHECK(report["accuracy"] == Approx(right / 6.0));
  for (const char* label : {"soft", "grainy", "bright"}) {
    CHECK(report["classes"][label]["pictures"] == 2);
    for (const char* name : {"soft", "grainy", "bright"}) {
      CHECK(report["called"][label][name] == counts[label][name]);
    }
  }
  CHECK(right >= 5);  // they could not be more unlike
  CHECK_FALSE(report.contains("robustness"));
}

TEST_CASE("given a head of classes and --robustness, eval shows what is left under each fault") {
  const ClassifiedFolder folder;
  const std::string table = "'" + folder.dir / "t.csv" + "'";
  const Finished plain = folder.eval("--json " + table);
  const Finished done =
      folder.eval("--robustness --json --html '" + folder.dir / "r.html" + "' " + table);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto report = nlohmann::json::parse(done.output);
  CHECK(report["robustness"].size() == 8);
  // Soft and bright pictures with noise look grainy.
  CHECK(report["robustness"]["GaussianNoise"]["accuracy"] < report["accuracy"]);
  CHECK(report["called"] == nlohmann::json::parse(plain.output)["called"]);
  CHECK_THAT(read_text(folder.dir / "r.html"), Catch::Contains("under faults"));
  CHECK_THAT(folder.eval("--robustness " + table).output, Catch::Contains("\nLensBlur "));
}

TEST_CASE("given a head of classes and what is for scores, eval says so") {
  const ClassifiedFolder folder;
  const Finished distorted = folder.eval("--distort '" + clean_picture + "'");
  CHECK(distorted.exit_code == 2);
  CHECK_THAT(distorted.errors, Catch::Contains("has a head of classes"));
  const Finished unknown = folder.eval("'" + clean_picture + "'");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.errors,
             Catch::Contains("expected a label of the classes bright, grainy, soft"));
}
