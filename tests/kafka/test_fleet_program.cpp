// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "kafka/cluster_program.hpp"
#include "support/process.hpp"

using namespace fliqe;
using namespace fliqe::test;
using Catch::Contains;
using nlohmann::json;

namespace {

/// Copies of the example's pictures, and one that is none.
std::set<std::string> write_archive(const TemporaryDir& dir, int copies) {
  std::set<std::string> paths;
  for (int i = 0; i < copies; ++i) {
    for (const auto& picture : fs::directory_iterator(example_images())) {
      const std::string type = picture.path().extension().string();
      if (type != ".jpg" && type != ".png") continue;
      const std::string name = std::to_string(i) + picture.path().filename().string();
      fs::copy_file(picture.path(), dir / name);
      paths.insert(dir / name);
    }
  }
  write_file(dir / "100%.jpg", "this is no picture");
  return paths;
}

std::string work_options(const MockCluster& cluster, const TemporaryDir& dir) {
  return "work --group g --allow " + dir.path().string() + cluster_options(cluster);
}

}  // namespace

TEST_CASE("given an archive, its scores by way of workers equal those of fliqe score") {
  MockCluster cluster;
  for (const char* topic : {"fliqe.jobs", "fliqe.scores", "fliqe.dead"}) cluster.create(topic, 4);
  const TemporaryDir dir;
  const std::set<std::string> paths = write_archive(dir, 2);
  const Finished enqueued = test::fliqe("enqueue --job run --refs 2 '" + dir.path().string() + "'" +
                                        cluster_options(cluster));
  CHECK_THAT(enqueued.errors, Contains(std::to_string(paths.size() + 1) + " pictures"));
  REQUIRE(enqueued.exit_code == 0);
  const Finished worked = test::fliqe(work_options(cluster, dir) + "--idle 3");
  CHECK_THAT(worked.errors, Contains(std::to_string(paths.size()) + " pictures scored"));
  CHECK(worked.exit_code == 0);

  const Finished collected = test::fliqe("collect" + cluster_options(cluster));
  CHECK(collected.exit_code == 3);
  std::map<std::string, json> expected;
  std::istringstream local(
      test::fliqe("score -q --format jsonl '" + dir.path().string() + "'").output);
  for (std::string line; std::getline(local, line);) {
    const json score = json::parse(line);
    expected[score["file"]] = score;
  }
  std::size_t scores = 0, dead = 0;
  std::istringstream lines(collected.output);
  for (std::string line; std::getline(lines, line);) {
    const json result = json::parse(line);
    if (result.contains("code")) {
      ++dead;
      CHECK(result["code"] == "unsupported_format");
      continue;
    }
    ++scores;
    const std::string path = result["ref"];
    REQUIRE(expected.contains(path));
    CHECK(result["quality"] == expected[path]["quality"]);
    CHECK(result["logit"] == expected[path]["logit"]);
  }
  CHECK(scores == paths.size());
  CHECK(dead == 1);
}

TEST_CASE("given a worker that is killed, another one does what it had not answered") {
  MockCluster cluster;
  for (const char* topic : {"fliqe.jobs", "fliqe.scores", "fliqe.dead"}) cluster.create(topic, 4);
  const TemporaryDir dir;
  const std::set<std::string> paths = write_archive(dir, slowed ? 2 : 40);
  const Finished enqueued =
      test::fliqe("enqueue --refs 4 '" + dir.path().string() + "'" + cluster_options(cluster));
  REQUIRE(enqueued.exit_code == 0);
  {
    Running worker(work_options(cluster, dir) + "--threads 1");
    CHECK(wait_until([&] { return !cluster.read("fliqe.scores").empty(); }));
    worker.end(SIGKILL);
  }
  Running worker(work_options(cluster, dir));
  const auto answered = [&] {
    std::set<std::string> found;
    for (const json& each : values(cluster, "fliqe.scores")) {
      found.insert(each["ref"].get<std::string>());
    }
    return found.size();
  };
  CHECK(wait_until([&] { return answered() == paths.size(); }));
  CHECK(worker.end(SIGTERM) == 0);
  CHECK(values(cluster, "fliqe.dead").size() >= 1);
}

TEST_CASE("given a place that is not allowed, its pictures are refused, not read") {
  MockCluster cluster(1);
  for (const char* topic : {"fliqe.jobs", "fliqe.scores", "fliqe.dead"}) cluster.create(topic, 1);
  cluster.write(
      {{"fliqe.jobs", {}, R"({"job": "j", "refs": ["/etc/passwd", "http://127.0.0.1/"]})"},
       {"fliqe.jobs", {}, "no job"}});
  const TemporaryDir dir;
  const Finished worked = test::fliqe(work_options(cluster, dir) + "-q --idle 3");
  CHECK(worked.exit_code == 0);
  const auto dead = values(cluster, "fliqe.dead");
  REQUIRE(dead.size() == 3);
  CHECK(dead[0]["code"] == "not_allowed");
  CHECK(dead[1]["code"] == "not_allowed");
  CHECK(dead[2]["code"] == "bad_job");
  CHECK(cluster.read("fliqe.scores").empty());
}
