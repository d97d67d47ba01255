// SPDX-License-Identifier: MIT
#include "serve/event_hub.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace fliqe::tools {
namespace {

constexpr double comment_seconds = 15;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string name_of_run() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

EventHub::EventHub() : run_(name_of_run()), last_comment_(now()) {}

std::string EventHub::write(const Event& event) {
  const std::lock_guard lock(mutex_);
  const auto text = std::make_shared<const std::string>(
      "id: " + id(next_++) + "\nevent: " + event.name + "\ndata: " + event.line + "\n\n");
  events_.push_back(text);
  if (events_.size() > kept) events_.pop_front();
  send(text);
  return {};
}

std::optional<SinkReport> EventHub::attend() {
  const std::lock_guard lock(mutex_);
  if (now() - last_comment_ < comment_seconds) return std::nullopt;
  last_comment_ = now();
  send(std::make_shared<const std::string>(": still here\n\n"));
  return std::nullopt;
}

void EventHub::send(const Text& text) {
  std::erase_if(clients_, [&](const auto& client) { return !client->send(text); });
}

void EventHub::add(const std::shared_ptr<ResponseStream>& client, const std::string& last_id) {
  const std::lock_guard lock(mutex_);
  // A comment shows the client at once that it is connected.
  client->send(std::make_shared<const std::string>(": fliqe\n\n"));
  const std::size_t count = last_id.empty() ? 0 : missed(last_id);
  for (std::size_t i = events_.size() - count; i < events_.size(); ++i) client->send(events_[i]);
  clients_.push_back(client);
}

std::size_t EventHub::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

std::string EventHub::id(std::uint64_t number) const {
  return run_ + "-" + std::to_string(number);
}

std::size_t EventHub::missed(const std::string& last_id) const {
  const std::string prefix = run_ + "-";
  if (!last_id.starts_with(prefix)) return events_.size();
  std::uint64_t last = 0;
  std::from_chars(last_id.data() + prefix.size(), last_id.data() + last_id.size(), last);
  const std::uint64_t since = next_ - 1 - std::min(last, next_ - 1);
  return static_cast<std::size_t>(std::min<std::uint64_t>(since, events_.size()));
}

}  // namespace fliqe::tools
