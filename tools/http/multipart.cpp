// SPDX-License-Identifier: MIT
#include "http/multipart.hpp"

#include <algorithm>
#include <boost/beast/core/string_type.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "http/message.hpp"

namespace fliqe::tools {
namespace {

/// Boost's own kind, which its versions define differently.
boost::beast::string_view boosted(std::string_view text) {
  return {text.data(), text.size()};
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  return std::string(value.substr(1, value.size() - 2));
}

/// Of "form-data; name=..." or "multipart/form-data; boundary=...".
std::string parameter(std::string_view header, std::string_view name) {
  const std::size_t first = std::min(header.find(';'), header.size());
  for (const auto& [each, value] : boost::beast::http::param_list(boosted(header.substr(first)))) {
    if (is_equal_ignoring_case({each.data(), each.size()}, name))
      return unquoted({value.data(), value.size()});
  }
  return {};
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 2);
  return line;
}

/// Its headers and what follows them.
std::optional<FormPart> parse_part(std::string_view text) {
  constexpr std::string_view disposition = "content-disposition:";
  FormPart part;
  while (true) {
    if (text.empty()) return std::nullopt;  // no empty line before the content
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    if (!is_equal_ignoring_case(line.substr(0, disposition.size()), disposition)) continue;
    const std::string_view value = line.substr(disposition.size());
    part.name = parameter(value, "name");
    part.file = parameter(value, "filename");
    part.file = part.file.substr(part.file.find_last_of("/\\") + 1);
  }
  if (part.name.empty()) return std::nullopt;
  part.content = text;
  return part;
}

}  // namespace

std::string multipart_boundary(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  if (!is_equal_ignoring_case(type, "multipart/form-data")) return {};
  return parameter(content_type, "boundary");
}

std::optional<std::vector<FormPart>> parse_multipart(std::string_view body,
                                                     std::string_view boundary) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::vector<FormPart> parts;
  // The first delimiter has no line end before it.
  if (!body.starts_with(std::string_view(delimiter).substr(2))) return std::nullopt;
  body.remove_prefix(delimiter.size() - 2);
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return std::nullopt;
    body.remove_prefix(2);
    const std::size_t end = body.find(delimiter);
    if (end == body.npos) return std::nullopt;
    auto part = parse_part(body.substr(0, end));
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
    body.remove_prefix(end + delimiter.size());
  }
  return parts;
}

}  // namespace fliqe::tools
