// SPDX-License-Identifier: MIT
// Bodies that say what to watch: those of the Python original, whose first line is the content
// type, and those of PUT /v1/streams. What is said of them is JSON.
#include <nlohmann/json.hpp>

#include "fuzz/target.hpp"
#include "fuzz/text_lines.hpp"
#include "serve/original_request.hpp"
#include "serve/python_json.hpp"
#include "watch/watch_config.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using fuzz::check;

namespace {

void read_start(std::string_view type, std::string_view body) {
  HttpRequest request;
  request.headers = {{"content-type", std::string(type)}};
  request.body = std::string(body);
  OriginalStart start;
  const auto refusal = read_original_start(request, start);
  if (refusal) {
    check(refusal->status == 422 || refusal->status == 400);
    check(nlohmann::json::accept(refusal->body));
    return;
  }
  check(start.smoothing_window >= 1 && start.smoothing_window <= SmoothingWindow::max_size);
  check(nlohmann::json::accept(dump(start.json())));
}

void scan(std::string_view text) {
  const auto error = python_json_error(text);
  if (error) check(error->place <= text.size() && !error->message.empty());
  // Python is less strict, up to a depth of 500. The scanner is not asked about a byte order mark;
  // the library takes a zero for the end.
  const bool is_comparable =
      text.size() < 500 && !text.starts_with('\xef') && text.find('\0') == text.npos;
  if (is_comparable && nlohmann::json::accept(text)) check(!error);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [type, body] = fuzz::first_line({reinterpret_cast<const char*>(data), size});
  read_start(type, body);
  scan(body);
  return fuzz::refused_or_read(data, size, [body = std::string(body)](fuzz::Bytes) {
    check_stream(parse_stream(body, "body", {}));
  });
}
