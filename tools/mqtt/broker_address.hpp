// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fliqe::tools {

/// What mqtt://[user[:password]@]host[:port][/prefix] says; mqtts:// for TLS.
struct BrokerAddress {
  bool has_tls = false;
  std::string host;
  int port = 1883;
  std::string user;      ///< empty: nobody
  std::string password;  ///< to be shown nowhere
  std::string prefix = "fliqe";

  /// For messages: without user and password.
  std::string name() const;
};

/// Without port 1883, with TLS 8883. @throws Error `invalid_argument`, which shows no password
BrokerAddress parse_broker_address(const std::string& url);

}  // namespace fliqe::tools
