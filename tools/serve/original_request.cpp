// SPDX-License-Identifier: MIT
#include "serve/original_request.hpp"

#include <charconv>
#include <cmath>
#include <fliqe/quality/smoothing.hpp>
#include <string_view>

#include "io/json_text.hpp"
#include "serve/python_json.hpp"
#include "video/frame_source.hpp"

namespace fliqe::tools {
namespace {

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
  explicit StartReader(OriginalStart& start) : start_(start) {}

  /// @return the problems, an empty array for none
  Json read(const Json& body) {
    read_text(body, "video_uri", start_.video_uri);
    read_text(body, "kafka_topic", start_.kafka_topic);
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
      start_.smoothing_window = static_cast<std::size_t>(window);
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

  OriginalStart& start_;
  Json problems_ = Json::array();
};

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  return type.empty() || type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

HttpResponse refusal(const Json& problem) {
  return original_detail(422, Json::array({problem}));
}

/// The answer to a body that is no object.
HttpResponse no_object(const Json& body) {
  return refusal(problem("model_attributes_type", Json::array({"body"}),
                         "Input should be a valid dictionary or object to extract fields from",
                         body));
}

HttpResponse no_json(const std::string& body) {
  const auto error = python_json_error(body).value_or(PythonJsonError{"Expecting value", 0});
  Json json = problem("json_invalid", Json::array({"body", error.place}), "JSON decode error",
                      Json::object());
  json["ctx"] = {{"error", error.message}};
  return refusal(json);
}

}  // namespace

Json OriginalStart::json() const {
  return {{"video_uri", without_credentials(video_uri)},
          {"kafka_topic", kafka_topic},
          {"smoothing_window", smoothing_window}};
}

std::optional<HttpResponse> read_original_start(const HttpRequest& request, OriginalStart& start) {
  if (request.body.empty()) return std::nullopt;
  if (!is_json(request.header("content-type"))) return no_object(request.body);
  try {
    const Json body = parse_json(request.body, "body");
    if (body.is_null()) return std::nullopt;
    if (!body.is_object()) return no_object(body);
    const Json problems = StartReader(start).read(body);
    if (problems.empty()) return std::nullopt;
    return original_detail(422, problems);
  } catch (const JsonLimitError&) {
    // What the framework says of JSON that is too deep for Python.
    return original_detail(400, "There was an error parsing the body");
  } catch (const Error&) {
    return no_json(request.body);
  }
}

HttpResponse original_detail(int status, const Json& what) {
  return {status, dump({{"detail", what}})};
}

HttpResponse original_refusal(const char* type, const char* name, const std::string& message,
                              const Json& input) {
  return refusal(problem(type, field(name), message, input));
}

}  // namespace fliqe::tools
