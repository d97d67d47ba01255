// SPDX-License-Identifier: MIT
#include "mqtt/outbox.hpp"

#include <utility>

#include "watch/make_room.hpp"

namespace fliqe::tools {

void Outbox::put(MqttMessage message) {
  const std::lock_guard lock(mutex_);
  if (message.is_retained) return keep(std::move(message));
  events_.push_back(std::move(message));
  make_room();
}

void Outbox::keep(MqttMessage message) {
  Kept& kept = kept_[message.topic];
  kept.payload = std::move(message.payload);
  kept.is_alert = message.is_alert;
  if (!std::exchange(kept.is_due, true)) due_.push_back(message.topic);
  if (kept.payload.empty()) {
    cleared_.push_back(message.topic);
    forget_cleared();
  }
}

void Outbox::forget_cleared() {
  while (cleared_.size() > most_cleared_) {
    const auto oldest = kept_.find(cleared_.front());
    cleared_.pop_front();
    if (oldest == kept_.end() || !oldest->second.payload.empty()) continue;
    if (oldest->second.is_due) {
      std::erase(due_, oldest->first);
      ++dropped_;
    }
    kept_.erase(oldest);
  }
}

void Outbox::make_room() {
  dropped_ += tools::make_room(events_, most_events_,
                               [](const MqttMessage& each) { return each.is_alert; });
}

std::optional<Outbox::Item> Outbox::take() {
  const std::lock_guard lock(mutex_);
  if (!due_.empty()) {
    const std::string topic = std::move(due_.front());
    due_.pop_front();
    Kept& kept = kept_.at(topic);
    kept.is_due = false;
    Item item = send({topic, kept.payload, true, kept.is_alert});
    kept.number = item.number;
    return item;
  }
  if (events_.empty()) return std::nullopt;
  MqttMessage event = std::move(events_.front());
  events_.pop_front();
  return send(std::move(event));
}

Outbox::Item Outbox::send(MqttMessage message) {
  const std::uint64_t number = ++last_number_;
  under_way_.emplace(number, message);
  return {number, std::move(message)};
}

void Outbox::arrived(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) return;
  ++published_;
  const auto kept = kept_.find(found->second.topic);
  const bool is_cleared = kept != kept_.end() && kept->second.number == number &&
                          kept->second.payload.empty() && !kept->second.is_due;
  if (is_cleared) kept_.erase(kept);
  under_way_.erase(found);
}

void Outbox::refused(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  dropped_ += under_way_.erase(number);
}

void Outbox::restart() {
  const std::lock_guard lock(mutex_);
  for (auto each = under_way_.rbegin(); each != under_way_.rend(); ++each) {
    if (!each->second.is_retained) events_.push_front(std::move(each->second));
  }
  under_way_.clear();
  make_room();
  repeat_kept();
}

void Outbox::repeat() {
  const std::lock_guard lock(mutex_);
  repeat_kept();
}

void Outbox::repeat_kept() {
  for (auto& [topic, kept] : kept_) {
    if (!std::exchange(kept.is_due, true)) due_.push_back(topic);
  }
}

std::size_t Outbox::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_.size();
}

bool Outbox::is_empty() const {
  const std::lock_guard lock(mutex_);
  return due_.empty() && events_.empty() && under_way_.empty();
}

std::uint64_t Outbox::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

std::uint64_t Outbox::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace fliqe::tools
