// SPDX-License-Identifier: MIT
/// @file
/// The REST interface of the Python original: /start, /stop and /status for one stream. Bodies,
/// codes and the shapes of errors are those of its framework, FastAPI with Pydantic.
#include <charconv>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "io/json.hpp"
#include "serve/cameras.hpp"
#include "serve/python_json.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

constexpr const char* stream_name = "default";

/// What /start was told.
struct Processor {
  std::string video_uri;
  std::string kafka_topic = "image-quality-data";
  std::size_t smoothing_window = 150;

  Json json() const {
    return {{"video_uri", without_credentials(video_uri)},
            {"kafka_topic", kafka_topic},
            {"smoothing_window", smoothing_window}};
  }
};

HttpResponse detail(int status, const Json& what) {
  return {status, dump({{"detail", what}})};
}

Json problem(const char* type, const Json& place, const std::string& message, const Json& input) {
  return {{"type", type}, {"loc", place}, {"msg", message}, {"input", input}};
}

Json field(const char* name) {
  return Json::array({"body", name});
}

/// A whole number in words, as Pydantic takes it: "7", " +7 ", "1_000", "7.0".
std::optional<long long> whole_number(std::string text) {
  constexpr const char* blanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  const std::size_t point = text.find('.');
  if (point != text.npos && text.find_first_not_of('0', point + 1) != text.npos)
    return std::nullopt;
  text = text.substr(0, point);
  if (text.starts_with('+')) text.erase(0, 1);
  if (text.starts_with('_') || text.ends_with('_') || text.find("__") != text.npos)
    return std::nullopt;
  std::erase(text, '_');
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Reads a body's fields and collects what is wrong with them.
class StartReader {
 public:
  explicit StartReader(Processor& processor) : processor_(processor) {}

  /// @return the problems, an empty array for none
  Json read(const Json& body) {
    read_text(body, "video_uri", processor_.video_uri);
    read_text(body, "kafka_topic", processor_.kafka_topic);
    read_window(body);
    return problems_;
  }

 private:
  void read_text(const Json& body, const char* name, std::string& target) {
    if (!body.contains(name) || body[name].is_null()) return;
    if (!body[name].is_string()) {
      problems_.push_back(
          problem("string_type", field(name), "Input should be a valid string", body[name]));
      return;
    }
    target = body[name].get<std::string>();
  }

  void fail_window(const char* type, const std::string& message, const Json& input) {
    problems_.push_back(problem(type, field("smoothing_window"), message, input));
  }

  void read_window(const Json& body) {
    constexpr const char* message = "Input should be a valid integer";
    if (!body.contains("smoothing_window") || body["smoothing_window"].is_null()) return;
    const Json& input = body["smoothing_window"];
    double window = 0;
    if (input.is_boolean()) {
      window = input.get<bool>() ? 1 : 0;
    } else if (input.is_number()) {
      window = input.get<double>();
      if (window != std::floor(window)) {
        return fail_window("int_from_float",
                           std::string(message) + ", got a number with a fractional part", input);
      }
    } else if (input.is_string()) {
      const auto number = whole_number(input.get<std::string>());
      if (!number) {
        return fail_window("int_parsing",
                           std::string(message) + ", unable to parse string as an integer", input);
      }
      window = static_cast<double>(*number);
    } else {
      return fail_window("int_type", message, input);
    }
    check_window(window, input);
  }

  /// The original takes any number, and fails later.
  void check_window(double window, const Json& input) {
    constexpr auto most = static_cast<double>(SmoothingWindow::max_size);
    if (window >= 1 && window <= most) {
      processor_.smoothing_window = static_cast<std::size_t>(window);
      return;
    }
    const bool is_low = window < 1;
    const Json limit = is_low ? Json(1) : Json(SmoothingWindow::max_size);
    fail_window(is_low ? "greater_than_equal" : "less_than_equal",
                std::string("Input should be ") + (is_low ? "greater" : "less") +
                    " than or equal to " + dump(limit),
                input);
    problems_.back()["ctx"] = {{is_low ? "ge" : "le", limit}};
  }

  Processor& processor_;
  Json problems_ = Json::array();
};

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  return type.empty() || type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

/// The interface's only stream.
class Original {
 public:
  Original(Cameras& cameras, std::string default_source)
      : cameras_(cameras), default_source_(std::move(default_source)) {}

  HttpResponse start(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    Processor processor{.video_uri = default_source_};
    if (auto refusal = read(request, processor)) return std::move(*refusal);
    if (is_running()) return detail(400, "Processor is already running.");
    if (processor.video_uri.empty()) {
      return detail(
          422,
          Json::array({problem("missing", field("video_uri"), "Field required", Json::object())}));
    }
    StreamConfig stream = cameras_.defaults();
    stream.name = stream_name;
    stream.source = processor.video_uri;
    stream.smoothing_window = processor.smoothing_window;
    try {
      cameras_.put(std::move(stream));
    } catch (const Error& error) {
      return detail(422, Json::array({problem("value_error", field("video_uri"), error.what(),
                                              without_credentials(processor.video_uri))}));
    }
    processor_ = std::move(processor);
    return {200, dump({{"status", "RTSP to Kafka processing started."},
                       {"config", processor_->json()}})};
  }

  HttpResponse stop() {
    const std::lock_guard lock(mutex_);
    if (!processor_) return detail(400, "No processor instance found.");
    cameras_.watcher().remove(stream_name);
    processor_.reset();
    return {200, dump({{"status", "RTSP to Kafka processing stopped."}})};
  }

  HttpResponse status() const {
    const std::lock_guard lock(mutex_);
    return {200, dump({{"status", is_running() ? "running" : "stopped"},
                       {"processor", processor_ ? processor_->json() : Json(nullptr)}})};
  }

 private:
  static std::optional<HttpResponse> read(const HttpRequest& request, Processor& processor) {
    constexpr const char* no_object =
        "Input should be a valid dictionary or object to extract fields from";
    if (request.body.empty()) return std::nullopt;
    if (!is_json(request.header("content-type"))) {
      return detail(422, Json::array({problem("model_attributes_type", Json::array({"body"}),
                                              no_object, request.body)}));
    }
    const Json body = Json::parse(request.body, nullptr, false);
    if (body.is_discarded()) {
      const auto error =
          python_json_error(request.body).value_or(PythonJsonError{"Expecting value", 0});
      Json json = problem("json_invalid", Json::array({"body", error.place}), "JSON decode error",
                          Json::object());
      json["ctx"] = {{"error", error.message}};
      return detail(422, Json::array({json}));
    }
    if (body.is_null()) return std::nullopt;
    if (!body.is_object()) {
      return detail(
          422,
          Json::array({problem("model_attributes_type", Json::array({"body"}), no_object, body)}));
    }
    const Json problems = StartReader(processor).read(body);
    if (problems.empty()) return std::nullopt;
    return detail(422, problems);
  }

  bool is_running() const {
    if (!processor_) return false;
    const auto stream = cameras_.watcher().find(stream_name);
    return stream != nullptr && !stream->is_ended();
  }

  Cameras& cameras_;
  std::string default_source_;
  mutable std::mutex mutex_;
  std::optional<Processor> processor_;
};

}  // namespace

void add_original_routes(Router& router, Cameras& cameras, const std::string& default_source) {
  const auto original = std::make_shared<Original>(cameras, default_source);
  router.add({"POST", "/start", [original](HttpRequest&& request, const Reply& reply) {
                reply->respond(original->start(request));
              }});
  router.add({"POST", "/stop",
              [original](HttpRequest&&, const Reply& reply) { reply->respond(original->stop()); }});
  router.add({"GET", "/status", [original](HttpRequest&&, const Reply& reply) {
                reply->respond(original->status());
              }});
}

}  // namespace fliqe::tools
