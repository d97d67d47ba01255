// SPDX-License-Identifier: MIT
#include "fetch/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fliqe/base/error.hpp>
#include <vector>

namespace fliqe::tools {
namespace {

[[noreturn]] void fail_url(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_escape(std::string& text, char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  text += {'%', digits[value >> 4], digits[value & 15]};
}

/// Calls `decoded(byte)` for each %XX, `plain(c)` for all others.
template <class Plain, class Decoded>
void for_each_byte(std::string_view text, Plain plain, Decoded decoded) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain(text[i]);
      continue;
    }
    unsigned value = 0;
    const char* const first = text.data() + i + 1;
    const char* const last = text.data() + std::min(text.size(), i + 3);
    const auto [stop, error] = std::from_chars(first, last, value, 16);
    if (error != std::errc() || stop != first + 2) {
      fail_url("it has a % without two hexadecimal digits behind it");
    }
    decoded(static_cast<char>(value));
    i += 2;
  }
}

/// What needs no %XX has none; what needs one has it in capitals.
std::string normal_escapes(std::string_view text) {
  std::string normal;
  const auto put = [&](char byte) {
    if (is_unreserved(byte)) {
      normal += byte;
    } else {
      append_escape(normal, byte);
    }
  };
  for_each_byte(
      text, [&](char c) { static_cast<unsigned char>(c) < 0x80 ? void(normal += c) : put(c); },
      put);
  return normal;
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == path.npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

/// RFC 3986, 5.2.4.
std::string without_dots(std::string_view path) {
  const std::vector<std::string_view> segments = segments_of(path.substr(1));
  std::vector<std::string_view> kept;
  for (const std::string_view segment : segments) {
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != "." && segment != "..") kept.push_back(segment);
  }
  if (segments.back() == "." || segments.back() == "..") kept.emplace_back();
  std::string normal;
  for (const std::string_view segment : kept) normal.append("/").append(segment);
  return normal.empty() ? "/" : normal;
}

bool has_dot_segment(std::string_view path) {
  return std::ranges::any_of(segments_of(path), [](std::string_view segment) {
    segment = segment.substr(0, segment.find(';'));  // some servers cut parameters first
    return segment == "." || segment == "..";
  });
}

/// Servers differ in how often they decode a path, and in what they take for a slash.
void refuse_hidden_dots(std::string path) {
  for (int i = 0; i < 3; ++i) {
    std::ranges::replace(path, '\\', '/');
    if (has_dot_segment(path)) fail_url("it has . or .. that %XX hide");
    std::string decoded;
    const auto put = [&](char c) { decoded += c; };
    try {
      for_each_byte(path, put, put);
    } catch (const Error&) {
      return;  // after the first time a % may stand for itself
    }
    if (decoded.find('\0') != decoded.npos) fail_url("it has a zero byte");
    path = std::move(decoded);
  }
}

/// IPv6 in its shortest form, so that there is one spelling.
std::string normal_ipv6(std::string_view text) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> shortest{};
  if (::inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1 ||
      ::inet_ntop(AF_INET6, &address, shortest.data(), shortest.size()) == nullptr) {
    fail_url("its host is no IPv6 address");
  }
  return "[" + std::string(shortest.data()) + "]";
}

std::string normal_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string name(text);
  std::ranges::transform(name, name.begin(), lower);
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_unreserved(c) && c != '~';
  });
  if (!is_name) fail_url("its host has characters that none has, or none at all");
  return name;
}

void parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != text.npos) fail_url("it names a user");
  const bool is_ipv6 = text.starts_with('[');
  const std::size_t end = is_ipv6 ? text.find(']') : text.find(':');
  if (is_ipv6 && end == text.npos) fail_url("its host has no closing bracket");
  url.host = is_ipv6 ? normal_ipv6(text.substr(1, end - 1)) : normal_name(text.substr(0, end));
  url.port = url.scheme == "https" ? 443 : 80;
  text.remove_prefix(is_ipv6 ? end + 1 : std::min(end, text.size()));
  if (text.empty() || text == ":") return;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, last, url.port);
  const bool is_port = text.front() == ':' && error == std::errc() && stop == last &&
                       url.port >= 1 && url.port <= 65535;
  if (!is_port) fail_url("its port is no number from 1 to 65535");
}

}  // namespace

std::string Url::origin() const {
  const bool is_default = port == (scheme == "https" ? 443 : 80);
  return scheme + "://" + host + (is_default ? "" : ":" + std::to_string(port));
}

Url parse_url(std::string_view text) {
  Url url;
  url.scheme = has_scheme(text, "https://") ? "https" : "http";
  if (url.scheme == "http" && !has_scheme(text, "http://")) {
    fail_url("it begins with neither http:// nor https://");
  }
  if (std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\';
      })) {
    fail_url("it has a space, a backslash or a control character");
  }
  text = text.substr(0, text.find('#'));
  text.remove_prefix(url.scheme.size() + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  parse_authority(text.substr(0, end), url);
  text.remove_prefix(end);
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::string path = normal_escapes(text.substr(0, question));
  url.path = without_dots(path.empty() ? "/" : path);
  refuse_hidden_dots(url.path);
  for (const char c : text.substr(question)) {
    static_cast<unsigned char>(c) < 0x80 ? void(url.query += c) : append_escape(url.query, c);
  }
  return url;
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != kept.npos) {
      encoded += c;
    } else {
      append_escape(encoded, c);
    }
  }
  return encoded;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  const auto put = [&](char c) { decoded += c; };
  for_each_byte(text, put, put);
  if (decoded.find('\0') != decoded.npos) fail_url("it has a zero byte");
  return decoded;
}

bool lies_below(std::string_view path, std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool has_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), text.begin(),
                                                    [](char a, char b) { return a == lower(b); });
}

}  // namespace fliqe::tools
