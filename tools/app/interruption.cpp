// SPDX-License-Identifier: MIT
#include "app/interruption.hpp"

#include <csignal>

namespace fliqe::tools {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interruption(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interruptions() noexcept {
  std::signal(SIGINT, note_interruption);
  std::signal(SIGTERM, note_interruption);
}

bool is_interrupted() noexcept {
  return interrupted != 0;
}

}  // namespace fliqe::tools
