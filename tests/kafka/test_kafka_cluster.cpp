// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fleet/worker.hpp"
#include "kafka/camera_topic.hpp"
#include "kafka/kafka_sink.hpp"
#include "kafka/mock_cluster.hpp"
#include "support/process.hpp"
#include "watch/event_log.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using namespace fliqe::test;
using Catch::Contains;
using std::chrono::milliseconds;

namespace {

Json details(int frame) {
  return {{"frame", frame},
          {"raw_image_quality", 0.25},
          {"smoothed_image_quality", 0.5},
          {"smoothing_window", 150}};
}

StreamConfig stream_with_topic(const std::string& name, const std::string& topic) {
  StreamConfig stream;
  stream.name = name;
  stream.kafka_topic = topic;
  return stream;
}

KafkaSinkSettings sink_settings(const MockCluster& cluster) {
  KafkaSinkSettings settings;
  settings.cluster = cluster.settings();
  settings.topic = "events";
  return settings;
}

/// The sink as the log would call it, until something has become true.
bool attended(KafkaSink& sink, const std::function<bool()>& condition,
              std::vector<SinkReport>* reports = nullptr) {
  return wait_until([&] {
    auto report = sink.attend();
    if (report && reports != nullptr) reports->push_back(*report);
    return condition();
  });
}

/// Consumers that notice soon when one of them has died.
KafkaSettings impatient(const MockCluster& cluster) {
  return {cluster.brokers(), {{"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "500"}}};
}

WorkerSettings worker_settings(const MockCluster& cluster) {
  WorkerSettings settings;
  settings.cluster = impatient(cluster);
  settings.threads = 4;
  settings.drain_seconds = 10;
  return settings;
}

std::vector<KafkaMessage> jobs(int count, int pictures) {
  std::vector<KafkaMessage> messages;
  for (int i = 0; i < count; ++i) {
    Job job{"j", {}};
    for (int k = 0; k < pictures; ++k) {
      job.references.push_back("/" + std::to_string(i) + "/" + std::to_string(k));
    }
    messages.push_back(job_message("fliqe.jobs", job, std::to_string(i)));
  }
  return messages;
}

/// A message for each picture, its reference as the value.
std::vector<KafkaMessage> plain_answers(const FinishedJob& job) {
  std::vector<KafkaMessage> messages;
  for (const std::string& each : job.description->references) {
    messages.push_back({"fliqe.scores", each, each});
  }
  return messages;
}

std::multiset<std::string> values(const std::vector<KafkaRecord>& records) {
  std::multiset<std::string> found;
  for (const KafkaRecord& each : records) found.insert(each.value.value_or(""));
  return found;
}

/// A worker on a thread of its own.
class RunningWorker {
 public:
  RunningWorker(const WorkerSettings& settings, std::function<Outcome(const Task&)> score)
      : worker_(settings, std::move(score), plain_answers),
        thread_([this] { worker_.run([this] { return is_stopped_.load(); }); }) {}
  ~RunningWorker() { stop(); }

  WorkerFigures figures() const { return worker_.figures(); }
  void stop() {
    is_stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> is_stopped_{false};
  Worker worker_;
  std::thread thread_;
};

Outcome at_once(const Task&) {
  return {};
}

}  // namespace

TEST_CASE("given events, each is in the topic of its stream, those of a stream in their order") {
  MockCluster cluster;
  cluster.create("events", 4);
  cluster.create("other", 1);
  {
    EventLog log;
    const auto sink = std::make_shared<KafkaSink>(sink_settings(cluster), true);
    log.add(sink);
    log.added(stream_with_topic("roof", "other"));
    for (int i = 0; i < 20; ++i) log.write("score", "gate", details(i));
    log.write("alert", "roof", Json::object());
    CHECK(attended(*sink, [&] { return sink->figures().published == 21; }));
    CHECK(sink->figures().is_connected);
  }
  const auto events = cluster.read("events");
  REQUIRE(events.size() == 20);
  for (int i = 0; i < 20; ++i) {
    CHECK(events[static_cast<std::size_t>(i)].key == "gate");
    CHECK(Json::parse(*events[static_cast<std::size_t>(i)].value)["frame"] == i);
  }
  const auto others = cluster.read("other");
  REQUIRE(others.size() == 1);
  CHECK(Json::parse(*others[0].value)["event"] == "alert");
}

TEST_CASE("given brokers that are away and come back, the sink says both once, and loses nothing") {
  MockCluster cluster(1);
  cluster.create("events", 1);
  cluster.set_up(1, false);
  EventLog log;
  const auto sink = std::make_shared<KafkaSink>(sink_settings(cluster), true);
  std::vector<SinkReport> reports;
  for (int i = 0; i < 3; ++i) {
    sink->write(stamped_event("score", "gate", details(i)));
  }
  CHECK(attended(
      *sink, [&] { return !reports.empty(); }, &reports));
  CHECK_FALSE(sink->figures().is_connected);
  cluster.set_up(1, true);
  CHECK(attended(
      *sink, [&] { return reports.size() == 2; }, &reports));
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].name == "kafka_failed");
  CHECK_FALSE(reports[0].details["reason"].get<std::string>().empty());
  CHECK(reports[1].name == "kafka_connected");
  CHECK(sink->figures().published == 3);
  CHECK(sink->figures().dropped == 0);
}

TEST_CASE("given errors that pass, messages are stored once, in their order") {
  MockCluster cluster;
  cluster.create("events", 1);
  cluster.refuse_messages({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                           RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                           RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  std::vector<KafkaMessage> messages;
  for (int i = 0; i < 100; ++i) messages.push_back({"events", "k", std::to_string(i)});
  cluster.write(messages);
  const auto stored = cluster.read("events");
  REQUIRE(stored.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(stored[i].value == std::to_string(i));
}

TEST_CASE("given a topic that there is not, whoever reads it learns so") {
  const MockCluster cluster;
  KafkaConsumer consumer({"127.0.0.1:1", {}}, "");
  CHECK_THROWS_WITH(consumer.read_all("events", milliseconds(500), [](KafkaRecord&&) {}),
                    Contains("events"));
}

TEST_CASE("given properties that librdkafka does not know, the message names them") {
  CHECK_THROWS_WITH(KafkaProducer({"127.0.0.1:1", {{"no.such", "1"}}}), Contains("no.such"));
  CHECK_THROWS_WITH(KafkaConsumer({"127.0.0.1:1", {{"session.timeout.ms", "x"}}}, "g"),
                    Contains("session.timeout.ms"));
}

TEST_CASE("given workers of a group, each picture is answered once, and jobs are shared") {
  MockCluster cluster;
  cluster.create("fliqe.jobs", 16);
  cluster.create("fliqe.scores", 16);
  const auto slow = [](const Task&) {
    std::this_thread::sleep_for(milliseconds(5));
    return Outcome{};
  };
  RunningWorker one(worker_settings(cluster), slow), two(worker_settings(cluster), slow);
  const auto share = [](const RunningWorker& worker) { return worker.figures().partitions; };
  REQUIRE(wait_until([&] { return share(one) == 8 && share(two) == 8; }));
  cluster.write(jobs(64, 8));
  CHECK(wait_until([&] { return one.figures().jobs + two.figures().jobs == 64; }));
  CHECK(one.figures().jobs > 0);
  CHECK(two.figures().jobs > 0);
  one.stop();
  two.stop();
  const auto scores = values(cluster.read("fliqe.scores"));
  CHECK(scores.size() == 64 * 8);
  CHECK(std::set<std::string>(scores.begin(), scores.end()).size() == 64 * 8);
}

TEST_CASE("given a worker that is stopped amid its jobs, the next one does the rest and no more") {
  MockCluster cluster;
  cluster.create("fliqe.jobs", 4);
  cluster.create("fliqe.scores", 4);
  cluster.write(jobs(100, 16));
  const auto slow = [](const Task&) {
    std::this_thread::sleep_for(milliseconds(2));
    return Outcome{};
  };
  std::uint64_t first = 0;
  {
    RunningWorker worker(worker_settings(cluster), slow);
    CHECK(wait_until([&] { return worker.figures().jobs >= 10; }));
    worker.stop();
    first = worker.figures().jobs;
  }
  if (!slowed) CHECK(first < 100);
  RunningWorker worker(worker_settings(cluster), at_once);
  CHECK(wait_until([&] { return first + worker.figures().jobs >= 100; }));
  worker.stop();
  CHECK(first + worker.figures().jobs == 100);
  CHECK(values(cluster.read("fliqe.scores")).size() == 1600);
}

TEST_CASE("given brokers that go and come back, nothing is lost") {
  MockCluster cluster;
  cluster.create("fliqe.jobs", 8);
  cluster.create("fliqe.scores", 8);
  cluster.write(jobs(60, 4));
  std::atomic<int> scored{0};
  RunningWorker worker(worker_settings(cluster), [&](const Task&) {
    std::this_thread::sleep_for(milliseconds(5));
    ++scored;
    return Outcome{};
  });
  REQUIRE(wait_until([&] { return scored > 20; }));
  for (const int broker : {1, 2, 3}) {
    cluster.set_up(broker, false);
    std::this_thread::sleep_for(milliseconds(300));
    cluster.set_up(broker, true);
  }
  const auto answered = [&] {
    const auto scores = values(cluster.read("fliqe.scores"));
    return std::set<std::string>(scores.begin(), scores.end()).size();
  };
  CHECK(wait_until([&] { return answered() == 240; }));
}

TEST_CASE("given an idle worker with a limit, it ends") {
  MockCluster cluster(1);
  cluster.create("fliqe.jobs", 1);
  WorkerSettings settings = worker_settings(cluster);
  settings.idle_seconds = 0.5;
  Worker worker(settings, at_once, plain_answers);
  const auto begin = std::chrono::steady_clock::now();
  worker.run([&] { return std::chrono::steady_clock::now() > begin + std::chrono::minutes(2); });
  CHECK(std::chrono::steady_clock::now() < begin + std::chrono::minutes(2));
}

namespace {

KafkaMessage camera(const std::string& name, const std::string& source, double interval = 1) {
  return {"cameras", name, Json{{"source", source}, {"interval", interval}}.dump()};
}

/// What a machine watches, by name.
class Machine {
 public:
  explicit Machine(const MockCluster& cluster)
      : topic_({impatient(cluster), "cameras", "g", {}, default_source_prefixes()}) {}

  void poll() {
    for (const CameraTopic::Change& change : topic_.poll()) {
      if (!change.error.empty()) errors_[change.name] = change.error;
      if (change.camera) {
        cameras_[change.name] = *change.camera;
      } else {
        cameras_.erase(change.name);
      }
    }
  }

  const std::map<std::string, StreamConfig>& cameras() const { return cameras_; }
  const std::map<std::string, std::string>& errors() const { return errors_; }

 private:
  std::map<std::string, StreamConfig> cameras_;
  std::map<std::string, std::string> errors_;
  CameraTopic topic_;
};

}  // namespace

TEST_CASE("given cameras in a topic, machines share them, and take over what one leaves") {
  MockCluster cluster;
  cluster.create("cameras", 8);
  std::vector<KafkaMessage> messages;
  for (int i = 0; i < 40; ++i)
    messages.push_back(camera("c" + std::to_string(i), "rtsp://c/" + std::to_string(i)));
  cluster.write(messages);
  Machine one(cluster);
  CHECK(wait_until([&] { return one.poll(), one.cameras().size() == 40; }));
  {
    Machine two(cluster);
    CHECK(wait_until([&] {
      one.poll();
      two.poll();
      return !two.cameras().empty() && one.cameras().size() + two.cameras().size() == 40;
    }));
    for (const auto& each : two.cameras()) CHECK_FALSE(one.cameras().contains(each.first));
  }
  CHECK(wait_until([&] { return one.poll(), one.cameras().size() == 40; }));
}

TEST_CASE("given cameras that change, end or may not be watched, the machine follows") {
  MockCluster cluster;
  cluster.create("cameras", 2);
  cluster.write({camera("gate", "rtsp://old/1"),
                 camera("gate", "rtsp://new/1"),
                 camera("file", "/etc/passwd"),
                 {"cameras", "odd", "{"},
                 camera("gone", "rtsp://x/1"),
                 camera_tombstone("cameras", "gone")});
  Machine machine(cluster);
  CHECK(wait_until([&] {
    machine.poll();
    return machine.cameras().contains("gate") && machine.errors().size() == 2;
  }));
  CHECK(machine.cameras().size() == 1);
  CHECK(machine.cameras().at("gate").source == "rtsp://new/1");
  CHECK_THAT(machine.errors().at("file"), Contains("--allow"));
  CHECK_THAT(machine.errors().at("odd"), Contains("cameras: odd"));
  cluster.write({camera("gate", "rtsp://new/1", 9), camera("roof", "rtsp://roof/1")});
  CHECK(wait_until([&] {
    machine.poll();
    return machine.cameras().contains("roof") && machine.cameras().at("gate").interval == 9;
  }));
  cluster.write({camera_tombstone("cameras", "gate")});
  CHECK(wait_until([&] { return machine.poll(), !machine.cameras().contains("gate"); }));
}
