// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <string>
#include <vector>

#include "fleet/collection.hpp"
#include "fleet/job.hpp"
#include "fleet/job_board.hpp"
#include "fleet/job_builder.hpp"
#include "fleet/result_messages.hpp"
#include "io/csv.hpp"
#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using namespace fliqe::test;
using Catch::Contains;

namespace {

KafkaRecord record(int partition, std::int64_t offset, const std::string& value) {
  return {{"jobs", partition}, offset, "key", value, {{"traceparent", "00-1-2-01"}}};
}

std::string job_of(int pictures) {
  Job job{"j", {}};
  for (int i = 0; i < pictures; ++i) job.references.push_back("/" + std::to_string(i) + ".jpg");
  return *job_message("jobs", job, "key").value;
}

std::vector<std::int64_t> offsets(const std::vector<FinishedJob>& jobs) {
  std::vector<std::int64_t> found;
  for (const FinishedJob& each : jobs) found.push_back(each.record.offset);
  return found;
}

Outcome scored(double quality) {
  Outcome outcome;
  outcome.quality = quality;
  outcome.sha256 = "abc";
  return outcome;
}

std::vector<KafkaMessage> answers(const FinishedJob& job) {
  RunDescription run;
  run.precision = "f32";
  run.isa = "avx2";
  return result_messages({}, run, "weights", job);
}

KafkaRecord as_record(const KafkaMessage& message) {
  return {{message.topic, 0}, 0, message.key, message.value, message.headers};
}

}  // namespace

TEST_CASE("given a job, what is written is read again") {
  const Job job{"2026-11", {"file:///a/1.jpg", "s3://b/k"}, "gate", "linear:1"};
  const KafkaMessage message = job_message("fliqe.jobs", job, "/a");
  CHECK(message.key == "/a");
  CHECK(parse_job(*message.value) == job);
}

TEST_CASE("given a record that is no job, the message says what is expected and what was found") {
  CHECK_THROWS_AS(parse_job("{"), Error);
  CHECK_THROWS_WITH(parse_job("[]"), Contains("expected an object, found []"));
  CHECK_THROWS_WITH(parse_job(R"({"refs": []})"), Contains("refs: expected an array of 1 to 256"));
  CHECK_THROWS_WITH(parse_job(R"({"refs": "x"})"), Contains("found \"x\""));
  CHECK_THROWS_WITH(parse_job(R"({"refs": [1]})"), Contains("refs: expected words, found 1"));
  CHECK_THROWS_WITH(parse_job(R"({"refs": ["/a"], "agc": "loud"})"), Contains("loud"));
  CHECK_THROWS_AS(parse_job(job_of(257)), Error);
  CHECK(parse_job(job_of(256)).references.size() == 256);
}

TEST_CASE("given jobs that end in another order, those of a partition leave in theirs") {
  JobBoard board;
  const auto first = board.add(record(0, 10, job_of(2)));
  const auto second = board.add(record(0, 11, job_of(1)));
  const auto other = board.add(record(1, 5, job_of(1)));
  CHECK(board.waiting() == 4);
  CHECK(second[0].reference() == "/0.jpg");
  board.finish(second[0], scored(0.5));
  board.finish(first[1], scored(0.5));
  CHECK(board.take_finished().empty());
  board.finish(other[0], scored(0.5));
  CHECK(offsets(board.take_finished()) == std::vector<std::int64_t>{5});
  board.finish(first[0], scored(0.5));
  CHECK(offsets(board.take_finished()) == std::vector<std::int64_t>{10, 11});
  CHECK(board.is_empty());
  CHECK(board.waiting() == 0);
}

TEST_CASE("given a partition that others have taken, late outcomes of its jobs are left out") {
  JobBoard board;
  const auto gone = board.add(record(0, 10, job_of(2)));
  const auto kept = board.add(record(1, 5, job_of(1)));
  board.drop({"jobs", 0});
  CHECK(board.waiting() == 1);
  board.finish(gone[0], scored(0.5));
  board.finish(kept[0], scored(0.5));
  CHECK(offsets(board.take_finished()) == std::vector<std::int64_t>{5});
  board.add(record(0, 10, job_of(3)));
  board.clear();
  CHECK(board.waiting() == 0);
  CHECK(board.is_empty());
}

TEST_CASE("given a record that is no job among jobs, it leaves in its turn as one dead letter") {
  JobBoard board;
  const auto first = board.add(record(0, 10, job_of(1)));
  CHECK(board.add(record(0, 11, "no job")).empty());
  CHECK(board.take_finished().empty());
  board.finish(first[0], scored(0.5));
  const auto finished = board.take_finished();
  REQUIRE(offsets(finished) == std::vector<std::int64_t>{10, 11});
  const auto messages = answers(finished[1]);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].topic == "fliqe.dead");
  const auto json = Json::parse(*messages[0].value);
  CHECK(json["code"] == "bad_job");
  CHECK(json["record"] == "no job");
  CHECK(json["from"] == "jobs/0/11");
}

TEST_CASE("given outcomes, each picture is answered in the topic that it belongs to") {
  JobBoard board;
  const auto tasks = board.add(record(2, 7, job_of(2)));
  board.finish(tasks[1], {"not_found", "/1.jpg: no such file"});
  board.finish(tasks[0], scored(0.123456789));
  const auto messages = answers(board.take_finished().at(0));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].topic == "fliqe.scores");
  CHECK(messages[0].key == "j//0.jpg");
  CHECK(messages[0].headers.at("ce_id") == "jobs/2/7/0");
  CHECK(messages[0].headers.at("traceparent") == "00-1-2-01");
  const auto score = Json::parse(*messages[0].value);
  CHECK(score["quality"] == 0.123456789);
  CHECK(score["ref"] == "/0.jpg");
  CHECK(score["weights_sha256"] == "weights");
  CHECK(messages[1].topic == "fliqe.dead");
  CHECK(messages[1].headers.at("ce_id") == "jobs/2/7/1");
  const auto dead = Json::parse(*messages[1].value);
  CHECK(dead["code"] == "not_found");
  CHECK(dead["error"] == "/1.jpg: no such file");
  CHECK_FALSE(dead.contains("quality"));
}

TEST_CASE(
    "given results that were sent twice and records of others, a table has each result once") {
  JobBoard board;
  const auto tasks = board.add(record(2, 7, job_of(2)));
  board.finish(tasks[1], {"not_found", "/1.jpg: no such file, \"really\""});
  board.finish(tasks[0], scored(0.25));
  const auto messages = answers(board.take_finished().at(0));
  const TemporaryDir dir;
  for (const std::string format : {"csv", "jsonl"}) {
    Output output(dir / format);
    Collection collection(format, output);
    for (int i = 0; i < 2; ++i) {
      for (const KafkaMessage& each : messages) collection.add(as_record(each));
    }
    collection.add(as_record({"fliqe.scores", {}, "hello"}));
    collection.add(as_record({"fliqe.scores", {}, "{}"}));
    collection.add(as_record({"fliqe.scores", "gone", std::nullopt}));
    output.commit();
    CHECK(collection.scored() == 1);
    CHECK(collection.dead() == 1);
    CHECK(collection.repeated() == 2);
    CHECK(collection.foreign() == 3);
  }
  const CsvTable table = read_csv(dir / "csv");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][table.column("quality")] == "0.25");
  CHECK(table.rows[1][table.column("error")] == "/1.jpg: no such file, \"really\"");
  CHECK(read_text(dir / "jsonl") == *messages[0].value + "\n" + *messages[1].value + "\n");
}

TEST_CASE("given references, they become jobs of so many, under keys that spread them") {
  JobBuilder builder("t", {"run", {}}, 2);
  std::vector<KafkaMessage> messages;
  for (const char* each : {"/a/1", "/a/2", "/b/3"}) {
    if (const auto full = builder.add(each)) messages.push_back(*full);
  }
  REQUIRE(messages.size() == 1);
  CHECK(parse_job(*messages[0].value).references == std::vector<std::string>{"/a/1", "/a/2"});
  CHECK(messages[0].key == "run/1");
  const auto last = builder.rest();
  REQUIRE(last);
  CHECK(parse_job(*last->value).references == std::vector<std::string>{"/b/3"});
  CHECK(last->key == "run/2");
  CHECK_FALSE(builder.rest());
  JobBuilder of_camera("t", {"run", {}, "gate"}, 2);
  of_camera.add("/a/1");
  CHECK(of_camera.rest()->key == "gate");
}
