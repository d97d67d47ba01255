// SPDX-License-Identifier: MIT
/// @file
/// Programs that run beside a test.
#pragma once

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/files.hpp"
#include "support/program.hpp"

extern char** environ;

namespace fliqe::test {

/// False when it does not become true in a time that is long even on a busy machine.
inline bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(slowed ? 120 : 30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// A shell command that runs beside the test; it is killed with the object.
class Process {
 public:
  explicit Process(const std::string& command) {
    std::string line = "exec " + command;
    char shell[] = "sh", option[] = "-c";
    char* const arguments[] = {shell, option, line.data(), nullptr};
    if (::posix_spawn(&process_, "/bin/sh", nullptr, nullptr, arguments, environ) != 0) {
      throw std::runtime_error("cannot start " + command);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { end(SIGKILL); }

  bool is_running() {
    if (process_ > 0 && ::waitpid(process_, &status_, WNOHANG) == process_) process_ = 0;
    return process_ > 0;
  }

  /// Its exit code; that of a shell when a signal ended it.
  int end(int signal) {
    if (is_running()) {
      ::kill(process_, signal);
      ::waitpid(process_, &status_, 0);
      process_ = 0;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  pid_t process_ = 0;
  int status_ = 0;
};

/// A TCP port that is free at the moment.
inline int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

inline bool accepts_connections(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool is_there =
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return is_there;
}

inline std::string quoted(const std::string& text) {
  return "'" + text + "'";
}

/// The program beside the test, with what it writes.
class Running {
 public:
  explicit Running(const std::string& arguments)
      : process_(quoted(FLIQE_PROGRAM) + " " + arguments + " > " + quoted(dir_ / "out") + " 2> " +
                 quoted(dir_ / "err")) {}

  int end(int signal) { return process_.end(signal); }
  std::string output() const { return read_text(dir_ / "out"); }
  std::string errors() const { return read_text(dir_ / "err"); }

 private:
  TemporaryDir dir_;
  Process process_;
};

/// Where `fliqe serve --listen 127.0.0.1:0` listens; 0 when it does not.
inline std::uint16_t service_port(const Running& serve) {
  const std::string address = "http://127.0.0.1:";
  if (!wait_until([&] { return serve.errors().find(address) != std::string::npos; })) return 0;
  const std::string errors = serve.errors();
  return static_cast<std::uint16_t>(
      std::stoi(errors.substr(errors.find(address) + address.size())));
}

}  // namespace fliqe::test
