// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "mqtt/mqtt_connection.hpp"

namespace fliqe::tools {

void require_mqtt() {
  throw Error(ErrorCode::no_such_capability,
              "--mqtt: this program was built without MQTT: install libmosquitto-dev and build "
              "again");
}

std::unique_ptr<MqttConnection> open_mqtt_connection(const MqttSettings&, const MqttMessage&) {
  require_mqtt();
  return nullptr;
}

}  // namespace fliqe::tools
