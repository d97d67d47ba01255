// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "kafka/cluster_program.hpp"
#include "serve/http_client.hpp"
#include "support/process.hpp"
#include "support/skip.hpp"
#include "support/video.hpp"

using namespace fliqe;
using namespace fliqe::test;
using Catch::Contains;
using nlohmann::json;

namespace {

constexpr const char* no_video = "built without video";

std::vector<std::string> members(const std::string& text) {
  std::vector<std::string> names;
  const auto object = nlohmann::ordered_json::parse(text);
  for (const auto& each : object.items()) names.push_back(each.key());
  return names;
}

const std::vector<std::string> original_members{"timestamp", "smoothing_window",
                                                "raw_image_quality", "smoothed_image_quality"};

}  // namespace

TEST_CASE("given a video, each frame's score is in the topic, as it is in the output") {
  if (!has_libav()) return skip(no_video);
  MockCluster cluster;
  cluster.create("image-quality-data", 3);
  const TemporaryDir dir;
  const int frames = write_sequence(dir, 2);
  const Finished done =
      test::fliqe("video -q --format jsonl '" + dir / "f%04d.png'" + cluster_options(cluster));
  REQUIRE(done.exit_code == 0);
  const auto sent = values(cluster, "image-quality-data");
  REQUIRE(sent.size() == static_cast<std::size_t>(frames));
  std::istringstream lines(done.output);
  for (const json& each : sent) {
    std::string line;
    std::getline(lines, line);
    const json written = json::parse(line);
    CHECK(each["frame"] == written["frame"]);
    CHECK(each["raw_image_quality"] == written["quality"]);
    CHECK(each["smoothed_image_quality"] == written["smoothed"]);
  }
}

TEST_CASE("given --kafka-legacy, the topic has what the Python original sends, and no key") {
  if (!has_libav()) return skip(no_video);
  MockCluster cluster;
  cluster.create("quality", 1);
  const TemporaryDir dir;
  write_sequence(dir, 1);
  const Finished done =
      test::fliqe("watch -q --interval 0 '" + dir / "f%04d.png' --topic quality --kafka-legacy" +
                  cluster_options(cluster));
  REQUIRE(done.exit_code == 0);
  const auto records = cluster.read("quality");
  CHECK_FALSE(records.empty());
  for (const tools::KafkaRecord& each : records) {
    CHECK_FALSE(each.key);
    CHECK(each.headers.empty());
    CHECK(members(each.value.value_or("")) == original_members);
  }
}

TEST_CASE("given a camera, the topic has its events under its name, without passwords") {
  MockCluster cluster(1);
  cluster.create("events", 1);
  Running watch("watch rtsp://me:secret@127.0.0.1:9/live --topic events" +
                cluster_options(cluster));
  CHECK(wait_until([&] { return watch.output().find("kafka_connected") != std::string::npos; }));
  CHECK(watch.end(SIGTERM) == 2);
  const auto records = cluster.read("events");
  REQUIRE(records.size() >= 2);
  for (const tools::KafkaRecord& each : records) {
    CHECK(each.value->find("secret") == std::string::npos);
  }
  CHECK(json::parse(*records.front().value)["event"] == "disconnected");
  CHECK(records.front().key.value_or("") == "rtsp://***@127.0.0.1:9/live");
  CHECK(json::parse(*records.back().value)["event"] == "summary");
}

TEST_CASE("given the original's /start, scores go to the topic that it names") {
  if (!has_libav()) return skip(no_video);
  MockCluster cluster(1);
  cluster.create("chosen", 1);
  const TemporaryDir dir;
  write_sequence(dir, 1);
  Running serve("serve --listen 127.0.0.1:0 --interval 0 --kafka-legacy --allow " +
                dir.path().string() + cluster_options(cluster));
  const std::uint16_t port = service_port(serve);
  if (port == 0) return skip("built without the service");
  const json start{{"video_uri", dir / "f%04d.png"}, {"kafka_topic", "chosen"}};
  REQUIRE(request(port, "POST", "/start", start.dump()).status == 200);
  CHECK(wait_until([&] { return !cluster.read("chosen").empty(); }));
  CHECK(request(port, "GET", "/metrics").body.find("\nfliqe_kafka_connected 1\n") !=
        std::string::npos);
  CHECK(serve.end(SIGTERM) == 0);
  CHECK(members(*cluster.read("chosen")[0].value) == original_members);
}
