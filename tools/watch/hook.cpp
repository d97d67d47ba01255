// SPDX-License-Identifier: MIT
#include "watch/hook.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

extern char** environ;

namespace fliqe::tools {
namespace {

constexpr std::size_t max_children = 16;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The event in a file without a name, which needs nobody who writes while the command reads.
std::unique_ptr<std::FILE, CloseFile> file_with(const std::string& text) {
  std::unique_ptr<std::FILE, CloseFile> file(std::tmpfile());
  if (file == nullptr) return nullptr;
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) return nullptr;
  std::rewind(file.get());
  return file;
}

}  // namespace

Hook::Hook(std::string command, double seconds)
    : command_(std::move(command)),
      limit_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}

Hook::~Hook() {
  while (!children_.empty()) {
    attend();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::string Hook::start(const std::string& event) {
  if (command_.empty()) return {};
  attend();
  if (children_.size() >= max_children) return "too many commands run already";
  const auto input = file_with(event + "\n");
  if (input == nullptr) return std::strerror(errno);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ::fileno(input.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C is for us, and with the shell all that it started can be ended.
  posix_spawnattr_setpgroup(&attributes, 0);
  // libmosquitto ignores SIGPIPE, which commands expect to end them.
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  char shell[] = "sh", option[] = "-c";
  char* const arguments[] = {shell, option, command_.data(), nullptr};
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return std::strerror(failed);
  children_.push_back({process, Clock::now() + limit_});
  return {};
}

void Hook::attend() {
  std::erase_if(children_, [](const Child& child) {
    if (Clock::now() > child.deadline) ::kill(-child.process, SIGKILL);
    return ::waitpid(child.process, nullptr, WNOHANG) != 0;
  });
}

}  // namespace fliqe::tools
