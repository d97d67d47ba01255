// SPDX-License-Identifier: MIT
#include "http/message.hpp"

#include <algorithm>
#include <charconv>

#include "io/json.hpp"

namespace fliqe::tools {
namespace {

const std::string* find(const HttpFields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  const std::string* value = find(headers, name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

std::optional<std::string> HttpRequest::value(std::string_view name) const {
  const std::string* value = find(query, name);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
  return {status, dump({{"error", {{"code", code}, {"message", message}}}})};
}

bool is_equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    unsigned value = 0;
    const char* const end = text.data() + i + 3;
    const auto [read, error] = std::from_chars(text.data() + i + 1, end, value, 16);
    if (error != std::errc() || read != end || value == 0) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

std::optional<HttpFields> parse_query(std::string_view target) {
  HttpFields fields;
  const std::size_t mark = target.find('?');
  if (mark == target.npos) return fields;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    auto name = percent_decoded(field.substr(0, equals), true);
    auto value = percent_decoded(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace fliqe::tools
