// SPDX-License-Identifier: MIT
/// @file
/// The REST interface of the Python original: /start, /stop and /status for one stream. Bodies,
/// codes and the shapes of errors are those of its framework, FastAPI with Pydantic.
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "io/json.hpp"
#include "serve/cameras.hpp"
#include "serve/original_request.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

constexpr const char* stream_name = "default";

/// The interface's only stream.
class Original {
 public:
  Original(Cameras& cameras, std::string default_source)
      : cameras_(cameras), default_source_(std::move(default_source)) {}

  HttpResponse start(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    OriginalStart processor{.video_uri = default_source_};
    if (auto refusal = read_original_start(request, processor)) return std::move(*refusal);
    if (is_running()) return original_detail(400, "Processor is already running.");
    if (processor.video_uri.empty()) {
      return original_refusal("missing", "video_uri", "Field required", Json::object());
    }
    StreamConfig stream = cameras_.defaults();
    stream.name = stream_name;
    stream.source = processor.video_uri;
    stream.smoothing_window = processor.smoothing_window;
    stream.kafka_topic = processor.kafka_topic;
    try {
      cameras_.put(std::move(stream));
    } catch (const Error& error) {
      return original_refusal("value_error", "video_uri", error.what(),
                              without_credentials(processor.video_uri));
    }
    processor_ = std::move(processor);
    return {200, dump({{"status", "RTSP to Kafka processing started."},
                       {"config", processor_->json()}})};
  }

  HttpResponse stop() {
    const std::lock_guard lock(mutex_);
    if (!processor_) return original_detail(400, "No processor instance found.");
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
  bool is_running() const {
    if (!processor_) return false;
    const auto stream = cameras_.watcher().find(stream_name);
    return stream != nullptr && !stream->is_ended();
  }

  Cameras& cameras_;
  std::string default_source_;
  mutable std::mutex mutex_;
  std::optional<OriginalStart> processor_;
};

}  // namespace

void add_original_routes(Router& router, Cameras& cameras, const std::string& default_source) {
  const auto original = std::make_shared<Original>(cameras, default_source);
  Route start{"POST", "/start", [original](HttpRequest&& request, const Reply& reply) {
                reply->respond(original->start(request));
              }};
  start.most_body = most_settings;
  router.add(std::move(start));
  router.add({"POST", "/stop",
              [original](HttpRequest&&, const Reply& reply) { reply->respond(original->stop()); }});
  router.add({"GET", "/status", [original](HttpRequest&&, const Reply& reply) {
                reply->respond(original->status());
              }});
}

}  // namespace fliqe::tools
