// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "watch/event_sink.hpp"

namespace fliqe::tools {

/// Sends events to whoever listens, as server-sent events (HTML Standard, section 9.2). Who comes
/// back with the id of the last one that he got is sent those since. Thread-safe.
class EventHub : public EventSink {
 public:
  static constexpr std::size_t kept = 1000;  ///< events for those who come back

  EventHub();

  std::string name() const override { return "stream"; }
  std::string write(const Event& event) override;
  /// Keeps connections open by a comment every 15 seconds.
  std::optional<SinkReport> attend() override;

  /// @param last_id  of the last event that the client has; empty: it begins with what is next
  void add(const std::shared_ptr<ResponseStream>& client, const std::string& last_id);
  std::size_t clients() const;

 private:
  using Text = std::shared_ptr<const std::string>;

  void send(const Text& text);
  std::string id(std::uint64_t number) const;
  /// How many of the kept events a client lacks; all, if its id is not of this run.
  std::size_t missed(const std::string& last_id) const;

  const std::string run_;  ///< before each id, so that ids of two runs differ
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::deque<Text> events_;
  std::vector<std::shared_ptr<ResponseStream>> clients_;
  double last_comment_ = 0;
};

}  // namespace fliqe::tools
