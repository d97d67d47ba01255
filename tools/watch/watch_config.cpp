// SPDX-License-Identifier: MIT
#include "watch/watch_config.hpp"

#include <algorithm>
#include <fliqe/base/error.hpp>
#include <fliqe/thermal/agc.hpp>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "io/inputs.hpp"
#include "io/json_text.hpp"

namespace fliqe::tools {
namespace {

/// A JSON object whose settings are named in messages.
class Settings {
 public:
  Settings(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json.is_object()) fail("expected an object, found " + excerpt(json));
  }

  using Readers = std::map<std::string, std::function<void(const Json&, const std::string&)>>;

  /// Calls the reader of each setting that is there. @throws Error for one that has none
  void read(const Readers& readers) const {
    for (const auto& [name, value] : json_.items()) {
      const auto reader = readers.find(name);
      if (reader == readers.end()) {
        std::string known;
        for (const auto& each : readers) known += (known.empty() ? "" : ", ") + each.first;
        fail("unknown setting '" + name + "'; known are " + known);
      }
      reader->second(value, place_ + ": " + name);
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_argument, place_ + ": " + what);
  }

 private:
  const Json& json_;
  std::string place_;
};

[[noreturn]] void expected(const std::string& place, const std::string& what, const Json& found) {
  throw Error(ErrorCode::invalid_argument,
              place + ": expected " + what + ", found " + excerpt(found));
}

auto number(double& target, double low, double high) {
  return [&target, low, high](const Json& value, const std::string& place) {
    if (!value.is_number() || value.get<double>() < low || value.get<double>() > high) {
      expected(place, "a number from " + digits9(low) + " to " + digits9(high), value);
    }
    target = value.get<double>();
  };
}

auto text(std::string& target) {
  return [&target](const Json& value, const std::string& place) {
    if (!value.is_string() || value.get<std::string>().empty()) expected(place, "words", value);
    target = value.get<std::string>();
  };
}

auto alert(AlertRule& rule) {
  return [&rule](const Json& value, const std::string& place) {
    const double gap = rule.clear_above - rule.below;
    bool has_clear = false;
    Settings(value, place)
        .read({{"below", number(rule.below, 0, 1)},
               {"for", number(rule.seconds, 0, 1e6)},
               {"clear_above", [&](const Json& limit, const std::string& where) {
                  number(rule.clear_above, 0, 1)(limit, where);
                  has_clear = true;
                }}});
    if (!has_clear) rule.clear_above = std::min(1.0, rule.below + gap);
  };
}

auto input_options(std::vector<std::string>& options) {
  return [&options](const Json& value, const std::string& place) {
    if (!value.is_object()) expected(place, "an object of names and words", value);
    options.clear();
    for (const auto& [name, each] : value.items()) {
      if (!each.is_string()) expected(place + ": " + name, "words", each);
      options.push_back(name + "=" + each.get<std::string>());
    }
  };
}

auto agc(std::string& target) {
  return [&target](const Json& value, const std::string& place) {
    text(target)(value, place);
    static_cast<void>(agc_from_string(target));
  };
}

auto flag(bool& target) {
  return [&target](const Json& value, const std::string& place) {
    if (!value.is_boolean()) expected(place, "true or false", value);
    target = value.get<bool>();
  };
}

auto count(std::size_t& target, std::size_t most) {
  return [&target, most](const Json& value, const std::string& place) {
    double read = 0;
    number(read, 1, static_cast<double>(most))(value, place);
    target = static_cast<std::size_t>(read);
  };
}

auto smoothing(Smoothing& target) {
  return [&target](const Json& value, const std::string& place) {
    std::string name;
    text(name)(value, place);
    target = smoothing_from_string(name);
  };
}

/// What may be set for all streams and for one.
Settings::Readers stream_readers(StreamConfig& stream) {
  return {{"alert", alert(stream.alert)},
          {"agc", agc(stream.reading.thermal.agc)},
          {"agc_damping", number(stream.reading.agc_damping, 0, 0.999)},
          {"timeout", number(stream.reading.timeout, 0.1, 3600)},
          {"input_options", input_options(stream.reading.input_options)},
          {"stale_after", number(stream.stale_after, 0, 1e6)},
          {"frozen_after", number(stream.frozen_after, 0, 1e6)},
          {"frozen_tolerance", number(stream.frozen_tolerance, 0, 255)},
          {"realtime", flag(stream.realtime)},
          {"every", count(stream.every, 1'000'000)},
          {"keyframes_only", flag(stream.reading.keyframes_only)},
          {"smoothing_window", count(stream.smoothing_window, SmoothingWindow::max_size)},
          {"smoothing", smoothing(stream.smoothing)},
          {"kafka_topic", text(stream.kafka_topic)},
          {"interval", number(stream.interval, 0, 1e6)}};
}

StreamConfig read_stream(const Json& json, const std::string& place, StreamConfig stream) {
  const Settings settings(json, place);
  Settings::Readers readers = stream_readers(stream);
  readers["source"] = text(stream.source);
  readers["name"] = text(stream.name);
  settings.read(readers);
  if (stream.source.empty()) settings.fail("expected a source");
  if (stream.name.empty()) stream.name = default_stream_name(stream.source);
  return stream;
}

/// Of a file, which its user wrote.
constexpr JsonLimits file_limits{.values = 10'000'000};

Json read_json(const std::string& path) {
  const std::vector<std::byte> bytes = read_input(path);
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path, file_limits);
}

}  // namespace

WatchConfig read_watch_config(const std::string& path, WatchConfig base,
                              const StreamConfig& streams) {
  const Json json = read_json(path);
  WatchConfig config = std::move(base);
  StreamConfig defaults = streams;
  Settings::Readers readers = stream_readers(defaults);
  readers["hook"] = text(config.hook);
  readers["first_retry"] = number(config.first_retry, 0.01, 3600);
  readers["longest_retry"] = number(config.longest_retry, 0.01, 86400);
  const Json* list = nullptr;
  readers["streams"] = [&list](const Json& value, const std::string& place) {
    if (!value.is_array()) expected(place, "an array", value);
    list = &value;
  };
  Settings(json, path).read(readers);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const std::string place = path + ": stream " + std::to_string(i + 1);
    config.streams.push_back(read_stream((*list)[i], place, defaults));
  }
  return config;
}

std::vector<std::pair<std::string, std::string>> read_stream_texts(const std::string& path) {
  const WatchConfig config = read_watch_config(path, {}, {});
  check_watch_config(config);
  Json common = read_json(path);
  const Json streams = common["streams"];
  for (const char* name : {"streams", "hook", "first_retry", "longest_retry"}) common.erase(name);
  std::vector<std::pair<std::string, std::string>> texts;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    Json stream = common;
    stream.update(streams[i], true);
    texts.emplace_back(config.streams[i].name, dump(stream));
  }
  return texts;
}

StreamConfig parse_stream(const std::string& json, const std::string& place,
                          const StreamConfig& defaults) {
  return read_stream(parse_json(json, place), place, defaults);
}

void check_stream(const StreamConfig& stream) {
  require(stream.alert.clear_above >= stream.alert.below, ErrorCode::invalid_argument,
          stream.name + ": an alert below " + digits9(stream.alert.below) +
              " cannot be over above " + digits9(stream.alert.clear_above));
}

void check_watch_config(const WatchConfig& config) {
  const auto fail = [](const std::string& what) { throw Error(ErrorCode::invalid_argument, what); };
  if (config.streams.empty()) fail("expected at least one stream, found none");
  std::set<std::string> names;
  for (const StreamConfig& stream : config.streams) {
    if (!names.insert(stream.name).second) {
      fail("expected streams of different names, found '" + stream.name + "' twice");
    }
    check_stream(stream);
  }
}

std::string default_stream_name(const std::string& source) {
  return without_credentials(source);
}

}  // namespace fliqe::tools
