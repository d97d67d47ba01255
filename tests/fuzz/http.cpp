// SPDX-License-Identifier: MIT
// What reads the head of a request and a form, beside Beast's parser. The first line of the input
// stands for what comes in a header or a path, the rest for a body.
#include <string>

#include "fuzz/target.hpp"
#include "fuzz/text_lines.hpp"
#include "http/access.hpp"
#include "http/multipart.hpp"
#include "http/server.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using fuzz::check;

namespace {

std::string encoded(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    result += {'%', digits[value >> 4], digits[value & 15]};
  }
  return result;
}

void decode(std::string_view text) {
  for (const bool plus : {false, true}) {
    const auto decoded = percent_decoded(text, plus);
    if (!decoded) continue;
    check(decoded->size() <= text.size());
    check(decoded->find('\0') != decoded->npos || percent_decoded(encoded(*decoded)) == *decoded);
  }
  const auto fields = parse_query(text);
  if (!fields) return;
  std::string again = "/?";
  for (const auto& [name, value] : *fields) {
    if (name.find('\0') != name.npos || value.find('\0') != value.npos) return;
    again += encoded(name) + "=" + encoded(value) + "&";
  }
  check(parse_query(again) == *fields);
}

void route(std::string_view path) {
  static const Router router = [] {
    Router made;
    for (const char* method : {"GET", "PUT"}) made.add({method, "/v1/streams/{name}", {}});
    made.add({"GET", "/v1/streams/{name}/frame.jpg", {}});
    made.add({"GET", "/", {}});
    return made;
  }();
  const Router::Match found = router.find("GET", path);
  check(router.find("HEAD", path).route == found.route);
  check(found.route == nullptr || path.starts_with('/'));
  const bool is_named = found.route != nullptr && found.route->pattern != "/";
  check(found.parameters.size() == (is_named ? 1U : 0U));
  if (is_named) check(!found.parameters.at("name").empty());
  check(router.find("POST", path).allowed.empty() == (found.route == nullptr));
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

/// What could be read comes back when it is written and read again.
void read_form(std::string_view type, std::string_view body) {
  const std::string boundary = multipart_boundary(type);
  const auto parts = parse_multipart(body, boundary);
  if (!parts) return;
  std::string again;
  for (const FormPart& part : *parts) {
    check(is_within(part.content, body) && !part.name.empty());
    check(part.file.find_first_of("/\\") == part.file.npos);
    again += "--" + boundary + "\r\nContent-Disposition: form-data; name=x\r\n\r\n" +
             std::string(part.content) + "\r\n";
  }
  again += "--" + boundary + "--";
  const auto parts_again = parse_multipart(again, boundary);
  check(parts_again && parts_again->size() == parts->size());
  for (std::size_t i = 0; i < parts->size(); ++i) {
    check((*parts_again)[i].content == (*parts)[i].content);
  }
}

void authorize(std::string_view text, std::string_view host) {
  static const Access access({"0123456789abcdef"});
  HttpRequest request;
  request.headers = {{"authorization", std::string(text)},
                     {"origin", std::string(text)},
                     {"host", std::string(host)}};
  if (access.allows(request)) check(!text.empty());
  static_cast<void>(is_cross_origin(request));
  if (names_loopback(text)) check(!text.empty());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [line, rest] = fuzz::first_line({reinterpret_cast<const char*>(data), size});
  decode(line);
  route(line);
  read_form(line, rest);
  authorize(line, rest);
  return fuzz::refused_or_read(data, size, [text = std::string(line)](fuzz::Bytes) {
    HttpOptions options;
    parse_listen_address(text, options);
    check(!options.address.empty());
  });
}
