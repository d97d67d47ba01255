// SPDX-License-Identifier: MIT
#include "mqtt/mqtt_link.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <fliqe/base/error.hpp>
#include <map>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "mqtt/bell.hpp"
#include "mqtt/mqtt_connection.hpp"
#include "mqtt/outbox.hpp"
#include "watch/backoff.hpp"

namespace fliqe::tools {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr std::size_t most_under_way = 20;
constexpr std::chrono::seconds longest_handshake{10};

Time time_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

class MqttLink::Courier {
 public:
  explicit Courier(MqttSettings settings)
      : settings_(std::move(settings)),
        topics_(settings_.topics()),
        backoff_(settings_.first_retry, settings_.longest_retry, std::random_device()()) {}

  Outbox& outbox() noexcept { return outbox_; }
  const Outbox& outbox() const noexcept { return outbox_; }

  void ring() const { bell_.ring(); }

  State state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  void run() {
    while (!is_stopped_) {
      try {
        serve_connection();
      } catch (const std::exception& error) {
        set_state({false, error.what()});
      }
      if (!is_stopped_) pause(backoff_.next());
    }
    const std::lock_guard lock(mutex_);
    is_done_ = true;
    changed_.notify_all();
  }

  /// False when the thread is still busy when it should have ended.
  bool stop() {
    std::unique_lock lock(mutex_);
    stop_time_ = time_now() + milliseconds(static_cast<int>(1000 * settings_.flush_seconds));
    is_stopped_ = true;
    changed_.notify_all();
    ring();
    return changed_.wait_until(lock, stop_time_ + std::chrono::seconds(2),
                               [&] { return is_done_; });
  }

 private:
  MqttMessage status(const char* payload) const { return {topics_.status(), payload, true, false}; }

  void serve_connection() {
    outbox_.restart();
    sent_.clear();
    const auto connection = open_mqtt_connection(settings_, status("offline"));
    const Time begin = time_now();
    bool is_greeted = false;
    while (!is_stopped_ || time_now() < stop_time()) {
      connection->attend(bell_.file(), milliseconds(500));
      bell_.hush();
      if (connection->is_accepted()) {
        if (!std::exchange(is_greeted, true)) greet(*connection);
        hear(*connection);
        feed(*connection);
        if (is_stopped_ && outbox_.is_empty()) break;
      } else {
        require(time_now() - begin < longest_handshake, ErrorCode::io,
                "the broker does not answer");
      }
    }
    if (is_greeted) take_leave(*connection);
  }

  void greet(MqttConnection& connection) {
    connection.publish(status("online"), 1);
    if (topics_.has_discovery()) connection.subscribe(topics_.birth());
    backoff_.reset();
    set_state({true, {}});
  }

  void hear(MqttConnection& connection) {
    for (const int number : connection.take_confirmed()) {
      const auto found = sent_.find(number);
      if (found == sent_.end()) continue;
      outbox_.arrived(found->second);
      sent_.erase(found);
    }
    for (const MqttMessage& message : connection.take_received()) {
      const bool is_birth = message.topic == topics_.birth() && message.payload == "online";
      if (is_birth && !message.is_retained) outbox_.repeat();
    }
  }

  void feed(MqttConnection& connection) {
    while (!connection.is_busy() && outbox_.under_way() < most_under_way) {
      const auto item = outbox_.take();
      if (!item) return;
      const bool is_confirmed = item->message.is_retained || item->message.is_alert;
      const int number = connection.publish(item->message, is_confirmed ? 1 : 0);
      if (number == 0) {
        outbox_.refused(item->number);
      } else if (is_confirmed) {
        sent_[number] = item->number;
      } else {
        outbox_.arrived(item->number);
      }
    }
  }

  /// The will is for those who vanish.
  void take_leave(MqttConnection& connection) {
    const int number = connection.publish(status("offline"), 1);
    const Time end = time_now() + std::chrono::seconds(1);
    while (time_now() < end) {
      for (const int each : connection.take_confirmed()) {
        if (each == number) return connection.disconnect();
      }
      connection.attend(bell_.file(), milliseconds(100));
      bell_.hush();
    }
  }

  void pause(double seconds) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return !!is_stopped_; });
  }

  Time stop_time() const {
    const std::lock_guard lock(mutex_);
    return stop_time_;
  }

  void set_state(State state) {
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
  }

  const MqttSettings settings_;
  const MqttTopics topics_;
  Bell bell_;
  Outbox outbox_;
  Backoff backoff_;
  std::map<int, std::uint64_t> sent_;  ///< numbers in the outbox by those of the connection
  std::atomic<bool> is_stopped_{false};
  mutable std::mutex mutex_;  ///< guards what stands below
  std::condition_variable changed_;
  State state_;
  Time stop_time_{};
  bool is_done_ = false;
};

MqttLink::MqttLink(const MqttSettings& settings) {
  require_mqtt();
  courier_ = std::make_shared<Courier>(settings);
  try {
    std::thread([courier = courier_] { courier->run(); }).detach();
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
  }
}

MqttLink::~MqttLink() {
  courier_->stop();
}

void MqttLink::put(MqttMessages messages) {
  for (MqttMessage& message : messages) courier_->outbox().put(std::move(message));
  if (!messages.empty()) courier_->ring();
}

MqttLink::State MqttLink::state() const {
  return courier_->state();
}

SinkFigures MqttLink::figures() const {
  const Outbox& outbox = courier_->outbox();
  return {state().is_connected, outbox.published(), outbox.dropped()};
}

}  // namespace fliqe::tools
