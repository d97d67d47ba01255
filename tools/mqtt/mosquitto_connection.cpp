// SPDX-License-Identifier: MIT
#include <mosquitto.h>
#include <openssl/x509.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <random>
#include <utility>

#include "mqtt/mqtt_connection.hpp"

namespace fliqe::tools {
namespace {

constexpr int keepalive_seconds = 30;

struct FreeMosquitto {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

/// Different for each connection: a broker ends an older one of the same name.
std::string client_id() {
  std::random_device random;
  return "fliqe-" + std::to_string(random()) + std::to_string(random() % 1000);
}

const char* pointer_or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

/// A sentence of the library's as part of one of ours.
std::string without_period(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// An encrypted key is not asked for at a terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

class MosquittoConnection : public MqttConnection {
 public:
  MosquittoConnection(const MqttSettings& settings, const MqttMessage& will) {
    [[maybe_unused]] static const int is_ready = mosquitto_lib_init();
    client_.reset(mosquitto_new(client_id().c_str(), true, this));
    require(client_ != nullptr, ErrorCode::io, "cannot make an MQTT client");
    set_callbacks();
    const BrokerAddress& broker = settings.broker;
    check(mosquitto_username_pw_set(client_.get(), pointer_or_null(broker.user),
                                    pointer_or_null(broker.password)));
    if (broker.has_tls) set_tls(settings);
    check(mosquitto_will_set(client_.get(), will.topic.c_str(),
                             static_cast<int>(will.payload.size()), will.payload.data(), 1,
                             will.is_retained));
    check(mosquitto_connect_async(client_.get(), broker.host.c_str(), broker.port,
                                  keepalive_seconds));
  }

  void attend(int wake, std::chrono::milliseconds longest) override {
    const int socket = mosquitto_socket(client_.get());
    require(socket >= 0, ErrorCode::io, "the connection was closed");
    const auto events = static_cast<short>(POLLIN | (is_busy() ? POLLOUT : 0));
    std::array<pollfd, 2> files{{{socket, events, 0}, {wake, POLLIN, 0}}};
    ::poll(files.data(), files.size(), static_cast<int>(longest.count()));
    if ((files[0].revents & POLLOUT) != 0) check(mosquitto_loop_write(client_.get(), 1));
    if ((files[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
      check(mosquitto_loop_read(client_.get(), 1));
    }
    check(mosquitto_loop_misc(client_.get()));
  }

  bool is_accepted() const override { return is_accepted_; }
  bool is_busy() const override { return mosquitto_want_write(client_.get()); }

  int publish(const MqttMessage& message, int quality) override {
    int number = 0;
    const int code = mosquitto_publish(client_.get(), &number, message.topic.c_str(),
                                       static_cast<int>(message.payload.size()),
                                       message.payload.data(), quality, message.is_retained);
    const bool is_unfit =
        code == MOSQ_ERR_INVAL || code == MOSQ_ERR_MALFORMED_UTF8 || code == MOSQ_ERR_PAYLOAD_SIZE;
    if (is_unfit) return 0;
    check(code);
    return number;
  }

  void subscribe(const std::string& topic) override {
    check(mosquitto_subscribe(client_.get(), nullptr, topic.c_str(), 1));
  }

  void disconnect() override { mosquitto_disconnect(client_.get()); }

  std::vector<int> take_confirmed() override { return std::exchange(confirmed_, {}); }
  MqttMessages take_received() override { return std::exchange(received_, {}); }

 private:
  void set_callbacks() {
    mosquitto_connect_callback_set(client_.get(), [](mosquitto*, void* object, int code) {
      static_cast<MosquittoConnection*>(object)->answered(code);
    });
    mosquitto_publish_callback_set(client_.get(), [](mosquitto*, void* object, int number) {
      static_cast<MosquittoConnection*>(object)->confirmed_.push_back(number);
    });
    mosquitto_message_callback_set(client_.get(),
                                   [](mosquitto*, void* object, const mosquitto_message* message) {
                                     static_cast<MosquittoConnection*>(object)->received(*message);
                                   });
    mosquitto_log_callback_set(client_.get(),
                               [](mosquitto*, void* object, int level, const char* text) {
                                 if (level == MOSQ_LOG_ERR)
                                   static_cast<MosquittoConnection*>(object)->last_error_ = text;
                               });
  }

  void set_tls(const MqttSettings& settings) {
    const char* const folder = settings.ca.empty() ? X509_get_default_cert_dir() : nullptr;
    check(mosquitto_tls_set(client_.get(), pointer_or_null(settings.ca), folder,
                            pointer_or_null(settings.certificate), pointer_or_null(settings.key),
                            no_passphrase));
  }

  void answered(int code) {
    is_accepted_ = code == 0;
    if (code != 0) refusal_ = without_period(mosquitto_connack_string(code));
  }

  void received(const mosquitto_message& message) {
    const auto* const bytes = static_cast<const char*>(message.payload);
    received_.push_back(
        {message.topic, {bytes, bytes + message.payloadlen}, message.retain, false});
  }

  /// @throws Error with the best reason that there is
  void check(int code) const {
    if (code == MOSQ_ERR_SUCCESS) return;
    const int error = errno;
    if (!refusal_.empty()) throw Error(ErrorCode::io, refusal_);
    if (code == MOSQ_ERR_ERRNO && error != 0) throw Error(ErrorCode::io, std::strerror(error));
    const bool has_more = code == MOSQ_ERR_TLS && !last_error_.empty();
    throw Error(ErrorCode::io,
                without_period(mosquitto_strerror(code)) + (has_more ? ": " + last_error_ : ""));
  }

  std::unique_ptr<mosquitto, FreeMosquitto> client_;
  bool is_accepted_ = false;
  std::string refusal_;     ///< why the broker does not accept the client
  std::string last_error_;  ///< that the library wrote
  std::vector<int> confirmed_;
  MqttMessages received_;
};

}  // namespace

void require_mqtt() {}

std::unique_ptr<MqttConnection> open_mqtt_connection(const MqttSettings& settings,
                                                     const MqttMessage& will) {
  return std::make_unique<MosquittoConnection>(settings, will);
}

}  // namespace fliqe::tools
