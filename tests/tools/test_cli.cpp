// SPDX-License-Identifier: MIT
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// The example pictures with two broken files between them.
class Folder {
 public:
  Folder() {
    for (const auto& entry : fs::directory_iterator(example_images())) {
      if (entry.path().extension() == ".md") continue;
      fs::copy(entry.path(), dir_ / entry.path().filename().string());
    }
    write_file(dir_ / "00_broken, \"quoted\".png", std::string("no picture"));
    write_file(dir_ / "01_empty.jpg", std::string());
    write_file(dir_ / "notes.txt", std::string("not even meant to be one"));
  }
  std::string path() const { return "'" + dir_.path().string() + "'"; }
  std::string file(const std::string& name) const { return "'" + dir_ / name + "'"; }

 private:
  TemporaryDir dir_;
};

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

constexpr const char* good = "0_120_60_0_09564.jpg";
constexpr const char* blurred = "0_120_60_0_09564_MotionBlur.png";

}  // namespace

TEST_CASE("given a folder with broken files, all others are scored and the exit code tells") {
  const Folder folder;
  const Finished done = test::fliqe("score " + folder.path());
  CHECK(done.exit_code == 3);
  const auto scores = lines(done.output);
  REQUIRE(scores.size() == 6);
  CHECK(std::is_sorted(scores.begin(), scores.end(),
                       [](const auto& a, const auto& b) { return a.substr(8) < b.substr(8); }));
  CHECK_THAT(done.errors, Catch::Contains("00_broken") &&
                              Catch::Contains("01_empty.jpg: the file is empty") &&
                              Catch::Contains("6 scored, 2 failed"));
  CHECK(lines(done.errors).size() == 3);
}

TEST_CASE("given one picture of each kind, scores are those of the golden values") {
  const Finished done = test::fliqe("score --format jsonl -q '" + example_images().string() + "'");
  CHECK(done.exit_code == 0);
  CHECK(done.errors.empty());
  const auto golden = read_golden(example_golden());
  const auto found = lines(done.output);
  REQUIRE(found.size() == golden.size());
  for (const std::string& line : found) {
    const auto json = nlohmann::json::parse(line);
    const std::string name = fs::path(json["file"].get<std::string>()).filename().string();
    const auto entry =
        std::ranges::find_if(golden, [&](const Golden& wanted) { return wanted.image == name; });
    REQUIRE(entry != golden.end());
    CHECK(json["quality"].get<double>() == Approx(entry->quality).margin(1e-5));
  }
}

TEST_CASE("given JSON output, every input has an entry and the run is described") {
  const Folder folder;
  const Finished done = test::fliqe("score --format json --embedding -q " + folder.path());
  CHECK(done.exit_code == 3);
  const auto json = nlohmann::json::parse(done.output);
  REQUIRE(json["images"].size() == 8);
  CHECK(json["images"][0]["quality"].is_null());
  CHECK_THAT(json["images"][0]["error"].get<std::string>(), Catch::Contains("expected a JPEG"));
  CHECK(json["images"][2]["embedding"].size() == 128);
  CHECK(json["backbone"] == "resnet50-width16");
  CHECK(json["weights_source_sha256"].get<std::string>().size() == 64);
  CHECK(json["summary"]["failed"] == 2);
  CHECK(json["summary"]["scored"] == 6);
}

TEST_CASE("given CSV output, it has a header, quoted names and the errors") {
  const Folder folder;
  const Finished done = test::fliqe("score --format csv -q " + folder.path());
  const auto rows = lines(done.output);
  REQUIRE(rows.size() == 9);
  CHECK(rows[0] == "file,quality,logit,width,height,agc,error,cause,cause_probability\r");
  CHECK_THAT(rows[1], Catch::Contains("00_broken, \"\"quoted\"\".png\",,,,,"));
  CHECK_THAT(rows[3], Catch::EndsWith(",640,512,,,,\r"));
  const Finished wide = test::fliqe("score --format csv --embedding -q " + folder.file(good));
  const auto wide_rows = lines(wide.output);
  for (const std::string& row : wide_rows) CHECK(std::ranges::count(row, ',') == 8 + 128);
}

TEST_CASE("given --parity, scores differ by rounding only, and do differ") {
  const auto logits = [](const std::string& option) {
    const Finished done =
        test::fliqe("score -q --format jsonl " + option + " '" + example_images().string() + "'");
    std::vector<double> found;
    for (const std::string& line : lines(done.output)) {
      found.push_back(nlohmann::json::parse(line)["logit"].get<double>());
    }
    return found;
  };
  const std::vector<double> usual = logits(""), direct = logits("--parity");
  REQUIRE(usual.size() == direct.size());
  for (std::size_t i = 0; i < usual.size(); ++i) CHECK(usual[i] == Approx(direct[i]).margin(1e-4));
  CHECK(usual != direct);
}

TEST_CASE("given any batch size and thread count, the output is the same") {
  const Folder folder;
  const std::string arguments = "score --format csv --embedding -q " + folder.path();
  const std::string expected = test::fliqe(arguments + " --batch 1 --threads 1").output;
  for (const char* options : {"--batch 3 --threads 2", "--batch 8 --threads 3", "--batch 64"}) {
    CHECK(test::fliqe(arguments + " " + options).output == expected);
  }
}

TEST_CASE("given a threshold, the exit code is a gate") {
  const Folder folder;
  CHECK(test::fliqe("score --fail-below 0.5 " + folder.file(good)).exit_code == 0);
  CHECK(test::fliqe("score --fail-below 0.5 " + folder.file(blurred)).exit_code == 1);
  CHECK(test::fliqe("score " + folder.file(blurred)).exit_code == 0);
}

TEST_CASE("given an order, the worst or the best come first and failures last") {
  const Folder folder;
  for (const std::string order : {"worst", "best"}) {
    const Finished done =
        test::fliqe("score --format json -q --sort " + order + " " + folder.path());
    const auto images = nlohmann::json::parse(done.output)["images"];
    std::vector<double> scores;
    for (std::size_t i = 0; i < 6; ++i) scores.push_back(images[i]["quality"]);
    if (order == "best") std::ranges::reverse(scores);
    CHECK(std::ranges::is_sorted(scores));
    CHECK(images[6]["quality"].is_null());
    CHECK(images[7]["quality"].is_null());
  }
}

TEST_CASE("given patterns, lists, folders of folders and standard input, pictures are found") {
  const Folder folder;
  const std::string dir = folder.path();
  CHECK(lines(test::fliqe("score -q " + folder.file("0_120*.jpg")).output).size() == 2);
  const Finished piped = test::fliqe("score -q -", "cat " + folder.file(good) + " |");
  CHECK(piped.exit_code == 0);
  CHECK_THAT(piped.output, Catch::EndsWith("  -\n"));
  const Finished listed =
      test::fliqe("score -q --files-from -", "ls -d " + dir + "/*.jpg | grep -v empty |");
  CHECK(lines(listed.output).size() == 3);

  const TemporaryDir outer;
  fs::create_directory(outer / "inner");
  fs::copy(example_images() / good, outer / "inner/a.JPG");
  CHECK(test::fliqe("score -q '" + outer.path().string() + "'").exit_code == 2);
  CHECK(lines(test::fliqe("score -q -r '" + outer.path().string() + "'").output).size() == 1);

  const Finished mixed =
      test::fliqe("score -q '" + outer.path().string() + "' " + folder.file(good));
  CHECK(mixed.exit_code == 3);
  CHECK(lines(mixed.output).size() == 1);
  CHECK(mixed.errors == "fliqe: " + outer.path().string() + ": no pictures found\n");
}

TEST_CASE("given an output file, it appears when it is complete") {
  const Folder folder;
  const TemporaryDir out;
  const Finished done =
      test::fliqe("score -q --format csv -o '" + out / "scores.csv" + "' " + folder.file(good));
  CHECK(done.exit_code == 0);
  CHECK(done.output.empty());
  CHECK(lines(read_text(out / "scores.csv")).size() == 2);
  CHECK_FALSE(fs::exists(out / "scores.csv.part"));
  if (fs::exists("/dev/full")) {
    CHECK(test::fliqe("score -q -o /dev/full " + folder.file(good)).exit_code == 2);
  }
}

TEST_CASE("given wrong usage, the program exits with 2 and says what is wrong") {
  CHECK(test::fliqe("").exit_code == 2);
  CHECK(test::fliqe("score").exit_code == 2);
  CHECK(test::fliqe("score --format xml x.jpg").exit_code == 2);
  CHECK(test::fliqe("score --threads -1 x.jpg").exit_code == 2);
  CHECK(test::fliqe("score --fail-below 2 x.jpg").exit_code == 2);
  CHECK(test::fliqe("score --weights /no/such/file x.jpg").exit_code == 2);
  CHECK(test::fliqe("frobnicate").exit_code == 2);
  CHECK(test::fliqe("--version").exit_code == 0);
  CHECK(test::fliqe("score --help").exit_code == 0);
  const Finished missing = test::fliqe("score -q /no/such/picture.jpg");
  CHECK(missing.exit_code == 3);
  CHECK(missing.errors == "fliqe: /no/such/picture.jpg: cannot open: No such file or directory\n");
  const Finished threads = test::fliqe("score x.jpg", "FLIQE_THREADS=many");
  CHECK(threads.exit_code == 2);
  CHECK_THAT(threads.errors, Catch::Contains("expected 0 (all cores) to 1024, found 'many'"));
  CHECK(test::fliqe("score --precision fp16 x.jpg").exit_code == 2);
  const Finished isa = test::fliqe("score x.jpg", "FLIQE_ISA=mmx");
  CHECK(isa.exit_code == 2);
  CHECK_THAT(isa.errors,
             Catch::Contains("FLIQE_ISA: expected baseline, ") && Catch::Contains(", found 'mmx'"));
}

TEST_CASE("given doctor, it tells processor, kernels, threads and weights") {
  const Finished done = test::fliqe("doctor", "FLIQE_ISA=baseline FLIQE_THREADS=1");
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.output, Catch::Contains("kernels     baseline (FLIQE_ISA=baseline)") &&
                              Catch::Contains("bf16: portable, int8: portable") &&
                              Catch::Contains("threads     1 (FLIQE_THREADS=1)") &&
                              Catch::Contains("built-in compact weights: resnet50-width16"));
}
