// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/eval/platt.hpp>
#include <fliqe/eval/sharpness.hpp>
#include <nlohmann/json.hpp>

#include "io/csv.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

std::vector<Outcome> random_outcomes(unsigned seed, int count) {
  Random random(seed);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < count; ++i) {
    const bool distorted = random.between(0, 2) > 0;
    const double value = 0.5 + (distorted ? 0.15 : -0.15) + 0.2 * random.normal();
    // A coarse grid makes ties.
    outcomes.push_back({distorted, std::clamp(std::round(value * 20) / 20, 0.0, 1.0)});
  }
  return outcomes;
}

/// Holds everything that fliqe eval says of a folder's pictures against NumPy.
void compare_with_numpy(const fs::path& folder) {
  const std::string all = "'" + folder.string() + "/*.jpg'";
  const TemporaryDir dir;
  // Platt scaling on the same pictures here: the figures are what is tested.
  const Finished done = test::fliqe("eval " + all + " --distort --json --platt " + all +
                                    " --scores '" + dir / "s.csv" + "' --html '" + dir / "r.html'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto found = nlohmann::json::parse(done.output);
  const std::string script = (source_dir() / "tests/eval/metrics_reference.py").string();
  const Finished reference =
      run("/usr/bin/python3 '" + script + "' '" + dir / "s.csv" + "' '" + dir / "s.csv'");
  INFO(reference.errors);
  REQUIRE(reference.exit_code == 0);
  const auto expected = nlohmann::json::parse(reference.output);
  for (const char* key : {"accuracy", "precision", "recall", "specificity", "f1"}) {
    INFO(key);
    CHECK(found["confusion"][key].get<double>() == Approx(expected[key].get<double>()));
  }
  CHECK(found["roc_auc"].get<double>() == Approx(expected["roc_auc"].get<double>()));
  CHECK(found["calibration_error"].get<double>() ==
        Approx(expected["calibration_error"].get<double>()).margin(1e-7));
  CHECK(found["labels"].size() == 9);
  for (const auto& [label, value] : expected["right"].items()) {
    CHECK(found["labels"][label]["right"].get<double>() == Approx(value.get<double>()));
  }
  CHECK(found["platt"]["slope"].get<double>() ==
        Approx(expected["slope"].get<double>()).epsilon(1e-3));
  CHECK(found["platt"]["offset"].get<double>() ==
        Approx(expected["offset"].get<double>()).margin(2e-3));
  CHECK(found["platt"]["confusion"]["accuracy"].get<double>() ==
        Approx(expected["platt_accuracy"].get<double>()));
  CHECK(found["platt"]["calibration_error"].get<double>() ==
        Approx(expected["platt_calibration_error"].get<double>()).margin(1e-3));
  const std::string page = read_text(dir / "r.html");
  CHECK_THAT(page, Catch::Contains("<svg") && Catch::Contains("ROC curve"));
  CHECK_THAT(page, !Catch::Contains("http"));  // nothing from elsewhere
}

}  // namespace

TEST_CASE("given truths and opinions, the four cases are counted and their ratios follow") {
  const std::vector<Outcome> outcomes{{true, 0.9},  {true, 0.5},  {true, 0.2}, {false, 0.7},
                                      {false, 0.1}, {false, 0.0}, {false, 0.3}};
  const Confusion found = Confusion::of(outcomes);
  CHECK(found.true_positive == 2);
  CHECK(found.false_negative == 1);
  CHECK(found.false_positive == 1);
  CHECK(found.true_negative == 3);
  CHECK(found.accuracy() == Approx(5.0 / 7));
  CHECK(found.precision() == Approx(2.0 / 3));
  CHECK(found.recall() == Approx(2.0 / 3));
  CHECK(found.specificity() == Approx(3.0 / 4));
  CHECK(found.f1() == Approx(2.0 / 3));
  CHECK(std::isnan(Confusion{}.accuracy()));
  CHECK(Confusion::of(outcomes, 0.95).recall() == 0);
}

TEST_CASE("given a ROC curve, its area is the chance that a distorted picture looks worse") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  const std::vector<Outcome> outcomes = random_outcomes(seed, 300);
  const std::vector<RocPoint> curve = roc_curve(outcomes);
  CHECK(curve.front().true_positive_rate == 0);
  CHECK(curve.back().true_positive_rate == 1);
  CHECK(curve.back().false_positive_rate == 1);
  double worse = 0, pairs = 0;
  for (const Outcome& a : outcomes) {
    for (const Outcome& b : outcomes) {
      if (!a.distorted || b.distorted) continue;
      ++pairs;
      worse += a.probability > b.probability ? 1 : a.probability == b.probability ? 0.5 : 0;
    }
  }
  CHECK(roc_auc(curve) == Approx(worse / pairs));
  const std::vector<Outcome> one_kind{{true, 0.5}};
  CHECK_THROWS_AS(roc_curve(one_kind), Error);
}

TEST_CASE("given probabilities, calibration compares them with what happens") {
  const std::vector<Outcome> honest{{true, 0.75},  {true, 0.75}, {true, 0.75},
                                    {false, 0.75}, {true, 1.0},  {false, 0.0}};
  CHECK(calibration_error(calibration_curve(honest)) == Approx(0).margin(1e-12));
  const std::vector<Outcome> boasting{{true, 0.95}, {false, 0.95}};
  const auto curve = calibration_curve(boasting);
  CHECK(curve[9].count == 2);
  CHECK(calibration_error(curve) == Approx(0.45));
}

TEST_CASE("given logits whose truth follows a sigmoid, Platt scaling finds it") {
  Random random(5);
  std::vector<LabelledLogit> pictures;
  for (int i = 0; i < 40000; ++i) {
    const double logit = 3 * random.normal();
    const double truth = 1 / (1 + std::exp(-(0.4 * logit - 1)));
    pictures.push_back({random.between(0, 999999) < 1e6 * truth, logit});
  }
  const PlattScaling found = PlattScaling::fit(pictures);
  CHECK(found.slope == Approx(0.4).margin(0.02));
  CHECK(found.offset == Approx(-1).margin(0.05));

  const std::vector<LabelledLogit> separated{{true, 5}, {true, 7}, {false, -4}, {false, -9}};
  const PlattScaling finite = PlattScaling::fit(separated);
  CHECK(std::isfinite(finite.slope));
  CHECK(finite.probability(6) > 0.6);
  CHECK(finite.probability(-6) < 0.4);
  const std::vector<LabelledLogit> one_kind{{true, 5}};
  CHECK_THROWS_AS(PlattScaling::fit(one_kind), Error);
}

TEST_CASE("given CSV text, fields come as RFC 4180 has them, and faults are named with their row") {
  const TemporaryDir dir;
  const auto read = [&](const std::string& text) {
    write_file(dir / "a.csv", text);
    return tools::read_csv(dir / "a.csv");
  };
  const tools::CsvTable table = read("file,label\r\n\"a,\"\"b\"\".png\",Clean\n\nb.png,\r\n");
  CHECK(table.header == std::vector<std::string>{"file", "label"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][0] == "a,\"b\".png");
  CHECK(table.rows[1] == std::vector<std::string>{"b.png", ""});
  CHECK(table.column("label") == 1);
  CHECK(read("\xef\xbb\xbf"
             "file\na.png\n")
            .column("file") == 0);
  CHECK(tools::csv_row({"a,\"b\".png", "", "c d"}) == "\"a,\"\"b\"\".png\",,c d\r\n");
  CHECK_THROWS_WITH(table.column("group"), Catch::Contains("column 'group'"));
  CHECK_THROWS_WITH(read("a,b\n1\n"), Catch::Contains("row 2: expected 2 fields, found 1"));
  CHECK_THROWS_WITH(read("a\n\"1"), Catch::Contains("does not end"));
  CHECK_THROWS_WITH(read("a\n\"1\"2"), Catch::Contains("expected a comma"));
  CHECK_THROWS_WITH(read(""), Catch::Contains("header row"));
}

TEST_CASE("given pictures under the nine distortions, fliqe eval says what NumPy says", "[numpy]") {
  if (!python_has("numpy")) return skip("python3-numpy is not installed");
  compare_with_numpy(example_images());
}

TEST_CASE("given many pictures under the nine distortions, fliqe eval says what NumPy says",
          "[numpy][shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  if (!python_has("numpy")) return skip("python3-numpy is not installed");
  compare_with_numpy(*shared / "images");
}

TEST_CASE("given pictures that fliqe distort wrote, fliqe eval scores the same pixels") {
  const TemporaryDir dir;
  const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";
  std::string table = "file,label\n";
  for (const std::string type : {"Clean", "LensBlur", "Ghosting"}) {
    const std::string file = type + ".png";
    REQUIRE(test::fliqe("distort " + picture + " --type " + type + " -o '" + dir / file + "'")
                .exit_code == 0);
    table += file + "," + type + "\n";
  }
  write_file(dir / "labels.csv", table);
  REQUIRE(test::fliqe("eval '" + dir / "labels.csv" + "' --scores '" + dir / "a.csv'").exit_code ==
          0);
  REQUIRE(test::fliqe("eval " + picture + " --distort --scores '" + dir / "b.csv'").exit_code == 0);
  const tools::CsvTable from_files = tools::read_csv(dir / "a.csv");
  const tools::CsvTable simulated = tools::read_csv(dir / "b.csv");
  REQUIRE(from_files.rows.size() == 3);
  const std::size_t label = from_files.column("label"), quality = from_files.column("quality");
  int compared = 0;
  for (const auto& row : from_files.rows) {
    for (const auto& other : simulated.rows) {
      if (other[label] != row[label]) continue;
      CHECK(other[quality] == row[quality]);
      ++compared;
    }
  }
  CHECK(compared == 3);
}

TEST_CASE("given pictures, the variance of the Laplacian follows its definition") {
  const Image image{3, 2, PixelFormat::gray8, {10, 20, 50, 0, 90, 30}};
  // By hand, with the border mirrored: rows of left + right + above + below - 4 centre.
  const std::vector<double> edges{2 * 20 + 2 * 0 - 40.0,   10 + 50 + 2 * 90 - 80.0,
                                  2 * 20 + 2 * 30 - 200.0, 2 * 90 + 2 * 10 - 0.0,
                                  0 + 30 + 2 * 20 - 360.0, 2 * 90 + 2 * 50 - 120.0};
  double mean = 0, variance = 0;
  for (const double each : edges) mean += each / 6;
  for (const double each : edges) variance += (each - mean) * (each - mean) / 6;
  CHECK(laplacian_variance(image) == Approx(variance));
  const Image color{1, 1, PixelFormat::bgr8, {1, 2, 3}};
  CHECK(laplacian_variance(color) == 0);
  CHECK(detail::luma(color)[0] == Approx(0.114 * 1 + 0.587 * 2 + 0.299 * 3));
}

TEST_CASE("given other measures in a table, they are judged beside fliqe by the same pictures") {
  const TemporaryDir dir;
  const std::string pictures = "'" + (example_images() / "*.jpg").string() + "' --distort";
  const std::string table = dir / "s.csv";
  REQUIRE(test::fliqe("eval " + pictures + " --scores '" + table + "'").exit_code == 0);
  const tools::CsvTable scores = tools::read_csv(table);
  std::string mine = "file,label,badness,words\n";
  for (const auto& row : scores.rows) {
    const std::string& label = row[scores.column("label")];
    mine += tools::csv_row({row[scores.column("file")], label, label == "Clean" ? "1" : "7", "x"});
  }
  write_file(dir / "mine.csv", mine);
  const Finished done =
      test::fliqe("eval " + pictures + " --json --split picture --platt-share 0.5" + " --beside '" +
                  dir / "mine.csv'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto found = nlohmann::json::parse(done.output);
  CHECK(found["pictures"] == scores.rows.size() / 3);
  CHECK(found["platt"]["slope"] > 0);
  CHECK(found["baselines"].size() == 2);
  CHECK(found["baselines"]["badness"]["roc_auc"] == 1);
  CHECK(found["baselines"]["badness"]["better"] == "lower");
  CHECK(found["baselines"]["sharpness"]["pictures"] == scores.rows.size() / 3);
  write_file(dir / "none.csv", std::string("file,label,words\na,Clean,x\n"));
  CHECK_THAT(test::fliqe("eval " + pictures + " --beside '" + dir / "none.csv'").errors,
             Catch::Contains("expected a column of numbers"));
}

TEST_CASE("given a broken picture for each purpose, fliqe eval says which had none left") {
  const TemporaryDir dir;
  const fs::path good = example_images() / "0_120_60_0_09564.jpg";
  std::string errors;
  for (const char* name : {"a.jpg", "b.jpg"}) {
    fs::create_directory(dir / name);
    write_file(dir / name + "/a.jpg", std::string("broken"));
    write_file(dir / name + "/b.jpg", std::string("broken"));
    fs::copy_file(good, dir / name + "/" + name, fs::copy_options::overwrite_existing);
    const Finished done =
        test::fliqe("eval --distort --platt-share 0.5 --split picture '" + dir / name + "'");
    CHECK(done.exit_code == 2);
    errors += done.errors;
  }
  INFO(errors);
  CHECK_THAT(errors, Catch::Contains("left to evaluate") && Catch::Contains("Platt scaling"));
}

TEST_CASE("given tables that make no sense, fliqe eval says so") {
  const TemporaryDir dir;
  write_file(dir / "a.csv", std::string("file\nx.png\n"));
  const Finished no_label = test::fliqe("eval '" + dir / "a.csv'");
  CHECK(no_label.exit_code == 2);
  CHECK_THAT(no_label.errors, Catch::Contains("column 'label'"));
  write_file(dir / "a.csv", std::string("file,label\nx.png,Clean\n"));
  const Finished missing = test::fliqe("eval '" + dir / "a.csv'");
  CHECK(missing.exit_code == 2);
  CHECK_THAT(missing.errors, Catch::Contains("x.png") && Catch::Contains("no picture"));
  write_file(dir / "a.csv", std::string("file,label\nx.png,Clean\ny.png,bad\n"));
  const Finished one_group = test::fliqe("eval '" + dir / "a.csv" + "' --platt-share 0.5");
  CHECK(one_group.exit_code == 2);
  // Said before the pictures are looked for.
  CHECK_THAT(one_group.errors, Catch::Contains("--split picture") && !Catch::Contains("x.png"));
}
