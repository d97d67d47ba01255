// SPDX-License-Identifier: MIT
#include "mqtt/topics.hpp"

#include <algorithm>
#include <fliqe/base/error.hpp>
#include <utility>

#include "io/json.hpp"

namespace fliqe::tools {
namespace {

constexpr std::size_t longest_prefix = 200;

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// Bytes that are neither plain nor among `others` as two hexadecimal digits behind a mark.
std::string escaped(std::string_view name, char mark, std::string_view others) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char c : name) {
    if (is_plain(c) || others.find(c) != others.npos) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += {mark, digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

std::string topic_level(std::string_view name) {
  return escaped(name, '%', "._~");
}

std::string object_id(std::string_view name) {
  return escaped(name, '_', "");
}

void check_topic_prefix(const std::string& what, const std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
  const bool has_empty_level =
      text.empty() || text.starts_with('/') || text.ends_with('/') || text.find("//") != text.npos;
  const bool is_topic = !has_empty_level && text.find_first_of("+#") == text.npos &&
                        !text.starts_with('$') && text.size() <= longest_prefix && is_utf8(text) &&
                        std::ranges::none_of(text, is_control);
  require(is_topic, ErrorCode::invalid_argument,
          {what, ": expected levels of a topic such as home/fliqe, at most ", longest_prefix,
           " bytes without +, # and $ at the beginning, found ", dump(Json(text))});
}

MqttTopics::MqttTopics(std::string prefix, std::string discovery)
    : prefix_(std::move(prefix)), discovery_(std::move(discovery)) {
  check_topic_prefix("--mqtt: prefix", prefix_);
  if (has_discovery()) check_topic_prefix("--mqtt-discovery", discovery_);
}

std::string MqttTopics::of(const std::string& stream) const {
  return prefix_ + "/" + topic_level(stream);
}

std::string MqttTopics::device_id(const std::string& stream) const {
  // No part ends with "_", so that it is clear where the second one begins.
  return object_id(prefix_) + "__" + object_id(stream);
}

}  // namespace fliqe::tools
