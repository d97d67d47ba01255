// SPDX-License-Identifier: MIT
#include "mqtt/broker_address.hpp"

#include <charconv>
#include <fliqe/base/error.hpp>
#include <string_view>

#include "mqtt/topics.hpp"

namespace fliqe::tools {
namespace {

/// Whatever may be a password is hidden, also in a malformed address: all up to the last "@".
std::string masked(std::string_view url) {
  const std::size_t at = url.rfind('@');
  if (at == url.npos) return std::string(url);
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == url.npos || scheme > at ? 0 : scheme + 3;
  return std::string(url.substr(0, begin)) + "***" + std::string(url.substr(at));
}

class Parser {
 public:
  explicit Parser(std::string_view url) : url_(url), rest_(url) {}

  BrokerAddress parse() {
    BrokerAddress address;
    address.has_tls = scheme();
    address.port = address.has_tls ? 8883 : 1883;
    const std::size_t slash = rest_.find('/');
    std::string_view authority = rest_.substr(0, slash);
    if (authority.size() + 1 < rest_.size()) {
      address.prefix = decoded(rest_.substr(authority.size() + 1), "the prefix");
    }
    const std::size_t at = authority.rfind('@');
    if (at != authority.npos) {
      user(authority.substr(0, at), address);
      authority.remove_prefix(at + 1);
    }
    place(authority, address);
    check_topic_prefix("--mqtt: prefix", address.prefix);
    return address;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_argument,
                "--mqtt: expected mqtt://[user[:password]@]host[:port][/prefix] or mqtts://..., "
                "found '" +
                    masked(url_) + "': " + what);
  }

  /// Whether it is that of TLS.
  bool scheme() {
    for (const std::string_view each : {"mqtt://", "mqtts://"}) {
      if (!rest_.starts_with(each)) continue;
      rest_.remove_prefix(each.size());
      if (rest_.find_first_of("?#") != rest_.npos) fail("? and # are written %3F and %23");
      return each == "mqtts://";
    }
    fail("it begins with neither mqtt:// nor mqtts://");
  }

  void user(std::string_view text, BrokerAddress& address) const {
    const std::size_t colon = text.find(':');
    address.user = decoded(text.substr(0, colon), "the user");
    if (address.user.empty()) fail("the user is empty");
    if (colon != text.npos) address.password = decoded(text.substr(colon + 1), "the password");
  }

  /// Host and port.
  void place(std::string_view text, BrokerAddress& address) const {
    const bool is_bracketed = text.starts_with('[');
    const std::size_t end = is_bracketed ? text.find(']') : text.find(':');
    if (is_bracketed && end == text.npos) fail("the host has no closing bracket");
    address.host = text.substr(is_bracketed ? 1 : 0, is_bracketed ? end - 1 : end);
    if (address.host.empty()) fail("the host is missing");
    if (address.host.find_first_of(" \t\r\n%[]") != std::string::npos || has_zero(address.host)) {
      fail("the host has characters that none has");
    }
    text.remove_prefix(is_bracketed ? end + 1 : std::min(end, text.size()));
    if (text.empty()) return;
    const char* const last = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, last, address.port);
    const bool is_port = text.front() == ':' && error == std::errc() && stop == last &&
                         address.port >= 1 && address.port <= 65535;
    if (!is_port) fail("the port is no number from 1 to 65535");
  }

  /// With %XX replaced.
  std::string decoded(std::string_view text, const std::string& what) const {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        plain += text[i];
        continue;
      }
      int byte = 0;
      const char* const last = text.data() + std::min(text.size(), i + 3);
      const auto [stop, error] = std::from_chars(text.data() + i + 1, last, byte, 16);
      if (error != std::errc() || stop != text.data() + i + 3 || byte < 0) {
        fail(what + " has a % without two hexadecimal digits behind it");
      }
      plain += static_cast<char>(byte);
      i += 2;
    }
    if (has_zero(plain)) fail(what + " has a zero byte");
    return plain;
  }

  static bool has_zero(std::string_view text) { return text.find('\0') != text.npos; }

  std::string_view url_, rest_;
};

}  // namespace

std::string BrokerAddress::name() const {
  const bool is_bracketed = host.find(':') != host.npos;
  return std::string(has_tls ? "mqtts://" : "mqtt://") + (is_bracketed ? "[" : "") + host +
         (is_bracketed ? "]:" : ":") + std::to_string(port);
}

BrokerAddress parse_broker_address(const std::string& url) {
  return Parser(url).parse();
}

}  // namespace fliqe::tools
