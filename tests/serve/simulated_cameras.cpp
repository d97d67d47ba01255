// SPDX-License-Identifier: MIT
// A service with many cameras that no camera and no network answers for: frames of a few pixels,
// whose first pixel is their quality. Everything else is real. For tests/serve/page.py. Usage:
// simulated_cameras COUNT [PORT]    prints the port; ends with its standard input Lines on standard
// input: "NUMBER quality 0.2", "NUMBER down", "NUMBER up"
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"
#include "serve/routes.hpp"
#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::tools;

namespace {

struct Setting {
  std::atomic<double> quality{0.9};
  std::atomic<bool> is_up{true};
};

class SimulatedCamera : public FrameSource {
 public:
  SimulatedCamera(Setting& setting, const std::atomic<bool>& stopped)
      : setting_(setting), stopped_(stopped) {
    require(setting.is_up, ErrorCode::io, "simulated: no route to <b>host</b>");
  }

  const VideoInfo& info() const noexcept override { return info_; }
  std::optional<VideoFrame> next() override {
    for (int i = 0; i < 10 && !stopped_; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (stopped_) return std::nullopt;
    require(setting_.is_up, ErrorCode::io, "simulated: connection reset");
    Image image{8, 8, PixelFormat::gray8, {}};
    for (std::size_t i = 0; i < 64; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>(i * number_ % 256));
    image.pixels[0] = static_cast<std::uint8_t>(setting_.quality * 255);
    return VideoFrame{number_, static_cast<double>(number_++), std::move(image)};
  }

 private:
  Setting& setting_;
  const std::atomic<bool>& stopped_;
  VideoInfo info_{.codec = "test", .width = 8, .height = 8, .frames_per_second = 1};
  std::size_t number_ = 1;
};

/// Names as a hostile caller would choose them, among plain ones.
std::string name_of(std::size_t number) {
  if (number == 1) return "<img src=x onerror=\"document.title='harmed'\">";
  if (number == 2) return "\"'><script>document.title='harmed'</script>/../%00?#&";
  if (number == 3)
    return std::string(300, 'w') +
           " \xE2\x80\xAE"
           "evil \xF0\x9F\x94\xA5";
  return "camera " + std::to_string(number);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::stoul(argv[1]) : 12;
  std::vector<Setting> settings(count);
  ServiceOptions options;
  options.model.weights = test::default_weights();
  Service service(options);
  EventLog log;
  const auto hub = std::make_shared<EventHub>();
  log.add(hub);
  Surroundings surroundings;
  surroundings.open = [&](const std::string& source, const SourceOptions& how) {
    const std::size_t number = std::stoul(source.substr(source.rfind('/') + 1));
    return std::make_unique<SimulatedCamera>(settings.at(number), *how.stopped);
  };
  WatchConfig config;
  config.first_retry = config.longest_retry = 0.5;
  for (std::size_t i = 0; i < count; ++i) {
    StreamConfig stream;
    stream.name = name_of(i);
    stream.source = "rtsp://admin:secret@camera/" + std::to_string(i);
    stream.smoothing_window = 1;
    stream.alert.below = 0.5;
    stream.alert.seconds = 0;
    config.streams.push_back(stream);
  }
  Watcher watcher(
      config,
      [](const ImageView& image) {
        return FrameQuality{image.data[0] / 255.0, {}};
      },
      log, 1, surroundings);
  Cameras cameras(watcher, {}, default_source_prefixes());
  Router router;
  add_api_routes(router, service, cameras, *hub, "");
  add_page_routes(router);
  HttpOptions http;
  http.port = static_cast<std::uint16_t>(argc > 2 ? std::stoi(argv[2]) : 0);
  HttpServer server(http, std::move(router));
  service.set_ready(true);
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  std::atomic<bool> is_over{false};
  std::thread commands([&] {
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      std::size_t number = 0;
      std::string what;
      words >> number >> what;
      if (number >= count) continue;
      if (what == "quality") {
        double quality = 0;
        words >> quality;
        settings[number].quality = quality;
      } else {
        settings[number].is_up = what == "up";
      }
    }
    is_over = true;
  });
  while (!is_over) {
    watcher.attend();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  commands.join();
  server.stop(0);
  watcher.stop();
  return 0;
}
