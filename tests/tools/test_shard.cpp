// SPDX-License-Identifier: MIT
#include <algorithm>
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "io/inputs.hpp"
#include "io/shard.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

std::string score_shard(unsigned number, unsigned count, const std::string& more = "") {
  const Finished done =
      test::fliqe("score -q --shard " + std::to_string(number) + "/" + std::to_string(count) + " " +
                  more + " '" + example_images().string() + "'");
  CHECK(done.exit_code == 0);
  CHECK(done.errors.empty());
  return done.output;
}

/// A part of so many that none of the example pictures is in.
unsigned empty_shard(unsigned count) {
  const std::vector<Input> pictures = expand_inputs({example_images().string()}, false);
  for (unsigned number = 1; number <= count; ++number) {
    const Shard shard{number, count};
    if (std::ranges::none_of(pictures, [&](const Input& i) { return shard.holds(i.path); })) {
      return number;
    }
  }
  throw std::logic_error("there are more pictures than parts");
}

}  // namespace

TEST_CASE("given many names, each is in one part, and parts are about equal") {
  constexpr unsigned count = 16, names = 16'000;
  std::vector<unsigned> sizes(count);
  for (unsigned i = 0; i < names; ++i) {
    const std::string name = "/archive/2026/frame_" + std::to_string(100'000 + i) + ".jpg";
    unsigned holders = 0;
    for (unsigned number = 1; number <= count; ++number) {
      if (!Shard{number, count}.holds(name)) continue;
      ++holders;
      ++sizes[number - 1];
    }
    REQUIRE(holders == 1);
  }
  for (const unsigned size : sizes) CHECK(size == Approx(names / count).epsilon(0.12));
}

TEST_CASE("given names, their parts are the same in all versions") {
  const std::vector<std::pair<std::string, unsigned>> parts{
      {"", 459u},
      {"a.jpg", 877u},
      {"/archive/2026/frame_000001.jpg", 198u},
      {"K\xc3\xb6ln/1.png", 298u}};
  for (const auto& [name, number] : parts) {
    INFO(name);
    CHECK(Shard{number, 1000}.holds(name));
  }
}

TEST_CASE("given malformed parts, they are refused") {
  CHECK(parse_shard("3/16").number == 3);
  CHECK(parse_shard("3/16").count == 16);
  for (const char* text : {"", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/", "1/4x", "a/b", "1 /4",
                           "1/99999999999", "99999999999/1"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_shard(text), Contains("expected NUMBER/COUNT"));
  }
}

TEST_CASE("given all parts, their scores together are those of all pictures") {
  const auto whole = sorted_lines(score_shard(1, 1, "--format jsonl"));
  std::string together;
  for (unsigned number = 1; number <= 3; ++number) {
    together += score_shard(number, 3, "--format jsonl");
  }
  CHECK(whole.size() == expand_inputs({example_images().string()}, false).size());
  CHECK(sorted_lines(together) == whole);
}

TEST_CASE("given a part without pictures, the output is there and empty") {
  const TemporaryDir dir;
  constexpr unsigned count = 1000;
  const unsigned number = empty_shard(count);
  CHECK(score_shard(number, count).empty());
  CHECK(score_shard(number, count, "--format jsonl --threads 3 --batch 4").empty());
  CHECK(sorted_lines(score_shard(number, count, "--format csv")).size() == 1);
  const auto json = nlohmann::json::parse(score_shard(number, count, "--format json --sort worst"));
  CHECK(json["images"].empty());
  CHECK(json["summary"]["scored"] == 0);
  score_shard(number, count, "--format jsonl -o '" + dir / "scores.jsonl" + "'");
  CHECK(fs::is_empty(dir / "scores.jsonl"));
}

TEST_CASE("given standard input or a wrong part, the program exits with 2") {
  const Finished input = test::fliqe("score --shard 1/2 -");
  CHECK(input.exit_code == 2);
  CHECK_THAT(input.errors, Contains("--shard: expected files, found standard input"));
  const Finished wrong = test::fliqe("score --shard 3/2 x.jpg");
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.errors, Contains("found '3/2'"));
}
