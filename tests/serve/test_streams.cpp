// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fliqe/image/load.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "io/json.hpp"
#include "serve/python_json.hpp"
#include "serve/served.hpp"
#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;

namespace {

/// A camera that shows one frame and then no other.
class Camera : public FrameSource {
 public:
  explicit Camera(const std::atomic<bool>& stopped) : stopped_(stopped) {}

  const VideoInfo& info() const noexcept override { return info_; }
  std::optional<VideoFrame> next() override {
    while (number_ > 0 && !stopped_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (stopped_) return std::nullopt;
    Image image{32, 24, PixelFormat::gray8, {}};
    image.pixels.assign(32 * 24, std::uint8_t{90});
    return VideoFrame{number_, static_cast<double>(number_++), std::move(image)};
  }

 private:
  const std::atomic<bool>& stopped_;
  VideoInfo info_{.codec = "test", .width = 32, .height = 24};
  std::size_t number_ = 0;
};

ServedSetting with_cameras() {
  ServedSetting setting;
  setting.default_source = "rtsp://default/live";
  setting.surroundings.open = [](const std::string& source, const SourceOptions& options) {
    if (source.find("broken") != source.npos) throw Error(ErrorCode::io, "refused");
    return std::make_unique<Camera>(*options.stopped);
  };
  setting.stream.interval = 0;
  return setting;
}

Answer put(const Served& served, const std::string& name, const std::string& body) {
  return request(served.port(), "PUT", "/v1/streams/" + name, body);
}

/// Waits until a stream is in a condition.
nlohmann::json state_when(const Served& served, const std::string& name,
                          const std::string& condition, int scored = 0) {
  for (int i = 0; i < 20000; ++i) {
    const auto json = served.get("/v1/streams/" + name).json();
    if (json["condition"] == condition && json["frames"]["scored"] >= scored) return json;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error(name + " was never " + condition);
}

/// What a client of events has got so far.
class Listener {
 public:
  Listener(const Served& served, const std::string& last_id = "") : socket_(served.port()) {
    socket_.send(request_text("GET", "/v1/events", {},
                              last_id.empty() ? Headers{} : Headers{{"Last-Event-ID", last_id}}));
    text_ = socket_.receive_until(": fliqe\n\n");
  }

  /// Until so many events are there.
  const std::string& wait_for(std::size_t count) {
    while (ids().size() < count) {
      const std::string part = socket_.receive();
      if (part.empty()) break;
      text_ += part;
    }
    return text_;
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (std::size_t at = text_.find("id: "); at != text_.npos; at = text_.find("id: ", at + 1)) {
      // An event is there once it has ended.
      if (text_.find("\n\n", at) == text_.npos) break;
      found.push_back(text_.substr(at + 4, text_.find('\n', at) - at - 4));
    }
    return found;
  }

 private:
  ClientSocket socket_;
  std::string text_;
};

}  // namespace

TEST_CASE("given requests recorded from the original's framework, answers are equal") {
  std::ifstream file(source_dir() / "tests/data/original_service.json");
  const auto recorded = nlohmann::json::parse(file);
  const auto check = [](const Served& served, const nlohmann::json& exchange) {
    Headers headers;
    const auto named = exchange.value("headers", nlohmann::json::object());
    for (const auto& [name, value] : named.items()) headers[name] = value;
    const std::string body = exchange.value("body", "");
    const Answer answer =
        request(served.port(), exchange["method"], exchange["path"], body, headers);
    INFO(exchange.dump() << "\n" << answer.body);
    CHECK(answer.status == exchange["status"]);
    CHECK(answer.json() == exchange["answer"]);
  };
  Served served(with_cameras());
  for (const auto& exchange : recorded["single"]) {
    check(served, exchange);
    served.post("/stop", "");
  }
  for (const auto& exchange : recorded["story"]) check(served, exchange);
}

TEST_CASE("given what the original fails at later, /start refuses it at once") {
  Served served(with_cameras());
  const auto type = [&](const std::string& body) {
    const Answer answer = served.post("/start", body);
    CHECK(answer.status == 422);
    return answer.json()["detail"][0]["type"].get<std::string>();
  };
  CHECK(type(R"({"smoothing_window": 0})") == "greater_than_equal");
  CHECK(type(R"({"smoothing_window": -3})") == "greater_than_equal");
  CHECK(type(R"({"smoothing_window": 1e12})") == "less_than_equal");
  CHECK(type(R"({"video_uri": "/etc/passwd"})") == "value_error");
  const Served bare;
  CHECK(bare.post("/start", "").status == 422);
}

TEST_CASE("given the original's requests, the stream behind them is watched, passwords hidden") {
  Served served(with_cameras());
  const std::string body = R"({"video_uri": "rtsp://me:secret@cam/1", "smoothing_window": 2})";
  const Answer started = served.post("/start", body);
  CHECK(started.json()["config"]["video_uri"] == "rtsp://***@cam/1");
  const auto state = state_when(served, "default", "online", 1);
  CHECK(state["smoothing_window"] == 2);
  CHECK(state["source"] == "rtsp://***@cam/1");
  CHECK(served.get("/status").body.find("secret") == std::string::npos);
  CHECK(served.post("/stop", "").status == 200);
  CHECK(served.get("/v1/streams/default").status == 404);
  CHECK(served.post("/start", R"({"video_uri": "rtsp://broken"})").status == 200);
  CHECK(served.get("/status").json()["status"] == "running");
  CHECK(state_when(served, "default", "offline")["reason"] == "refused");
}

TEST_CASE("given streams, they are added, shown, changed and removed by name") {
  Served served(with_cameras());
  CHECK(put(served, "gate", R"({"source": "rtsp://me:secret@cam/1"})").status == 201);
  CHECK(put(served, "a%2Fb%20%3Cb%3E", R"({"source": "rtsp://broken"})").status == 201);
  const auto state = state_when(served, "gate", "online", 1);
  CHECK(state["frames"]["received"] == 1);
  CHECK(state["raw_image_quality"].is_number());
  const auto list = served.get("/v1/streams").json()["streams"];
  REQUIRE(list.size() == 2);
  CHECK(list[1]["name"] == "a/b <b>");
  CHECK(list.dump().find("secret") == std::string::npos);
  const Answer frame = served.get("/v1/streams/gate/frame.jpg");
  CHECK(frame.headers.at("Content-Type") == "image/jpeg");
  CHECK(frame.headers.at("Fliqe-Quality") ==
        digits9(served.get("/v1/streams/gate").json()["raw_image_quality"].get<double>()));
  CHECK(decode_image(std::as_bytes(std::span(frame.body)), "frame").width == 32);
  const std::string changed = R"({"source": "rtsp://cam/2", "smoothing_window": 5})";
  CHECK(put(served, "gate", changed).status == 200);
  CHECK(served.get("/v1/streams/gate").json()["smoothing_window"] == 5);
  CHECK(request(served.port(), "DELETE", "/v1/streams/gate").status == 204);
  CHECK(request(served.port(), "DELETE", "/v1/streams/gate").status == 404);
  CHECK(served.get("/v1/streams/gate").status == 404);
  CHECK(served.get("/v1/streams/gate/frame.jpg").status == 404);
}

TEST_CASE("given a wrong stream, the answer says what is wrong, and nothing is watched") {
  Served served(with_cameras());
  const auto message = [&](const std::string& body) {
    const Answer answer = put(served, "gate", body);
    CHECK(answer.status == 422);
    return answer.json()["error"]["message"].get<std::string>();
  };
  using Catch::Contains;
  CHECK_THAT(message("{"), Contains("body: expected JSON"));
  CHECK_THAT(message("{}"), Contains("expected a source"));
  CHECK_THAT(message(R"({"source": "/etc/passwd"})"), Contains("that the service allows"));
  CHECK_THAT(message(R"({"source": "file:///etc/passwd"})"), Contains("that the service allows"));
  CHECK_THAT(message(R"({"source": "concat:rtsp://a"})"), Contains("that the service allows"));
  CHECK_THAT(message(R"({"source": "rtsp://a", "input_options": {"protocol_whitelist": "file"}})"),
             Contains("'protocol_whitelist' is not allowed"));
  CHECK_THAT(message(R"({"source": "rtsp://a", "alert": {"below": 2}})"), Contains("from 0 to 1"));
  CHECK_THAT(message(R"({"source": "rtsp://a", "colour": 2})"), Contains("unknown setting"));
  CHECK(served.get("/v1/streams").json()["streams"].empty());
}

TEST_CASE("given listeners, each event reaches them, and who comes back gets what he missed") {
  Served served(with_cameras());
  Listener first(served);
  served.log().write("alert", "gate", {{"n", 1}});
  served.log().write("clear", "gate", {{"n", 2}});
  const std::string text = first.wait_for(2);
  CHECK(text.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(text.find("event: alert\ndata: {\"timestamp\"") != std::string::npos);
  REQUIRE(first.ids().size() == 2);
  served.log().write("score", "gate", {{"n", 3}});
  Listener again(served, first.ids()[0]);
  CHECK(again.wait_for(2).find("\"n\":2") != std::string::npos);
  CHECK(again.ids().size() == 2);
  Listener stranger(served, "12345-1");  // of another run: all that is kept
  stranger.wait_for(3);
  CHECK(stranger.ids().size() == 3);
  for (std::size_t i = 0; i < 2 * EventHub::kept; ++i)
    served.log().write("score", "gate", {{"i", i}});
  Listener late(served, first.ids()[0]);
  late.wait_for(EventHub::kept);
  CHECK(late.ids().size() == EventHub::kept);
}

TEST_CASE("given listeners that leave, they are forgotten") {
  Served served(with_cameras());
  {
    const Listener one(served), two(served);
    CHECK(served.hub().clients() == 2);
  }
  for (int i = 0; i < 2000 && served.hub().clients() > 0; ++i) {
    served.log().write("score", "gate", Json::object());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(served.hub().clients() == 0);
}

TEST_CASE("given streams, the metrics tell of each, whatever it is called") {
  Served served(with_cameras());
  put(served, "%22%5C%0Agate", R"({"source": "rtsp://cam"})");
  state_when(served, "%22%5C%0Agate", "online", 1);
  const std::string text = served.get("/metrics").body;
  for (const char* line :
       {R"(fliqe_frames_total{stream="\"\\\ngate",outcome="scored"} 1)",
        R"(fliqe_streams{condition="online"} 1)", R"(fliqe_streams{condition="offline"} 0)",
        R"(fliqe_stream_up{stream="\"\\\ngate"} 1)",
        R"(fliqe_last_frame_timestamp_seconds{stream="\"\\\ngate"} 1)"}) {
    INFO(text);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("given text that is no JSON, the error is that of Python's json module") {
  const auto error = [](const std::string& text) {
    const auto found = python_json_error(text);
    return found ? found->message + " " + std::to_string(found->place) : std::string("none");
  };
  CHECK(error(R"({"a": [1, 2.5e3, "\u00e9\n"], "b": null})") == "none");
  CHECK(error("") == "Expecting value 0");
  CHECK(error("[1") == "Expecting ',' delimiter 2");
  CHECK(error(R"({"a")") == "Expecting ':' delimiter 4");
  CHECK(error("\"\xc3\xa9\" x") == "Extra data 4");
  CHECK(error("\"a\nb\"") == "Invalid control character at 2");
  CHECK(error(R"("\x")") == "Invalid \\escape 1");
  CHECK(error(R"("\u12")") == "Invalid \\uXXXX escape 2");
  CHECK(error("-") == "Expecting value 0");
  CHECK(error("01") == "Extra data 1");
  CHECK(error(std::string(100000, '[')) != "none");
}
