// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "support/skip.hpp"

namespace {
bool skipped = false;
}

void fliqe::test::skip(const std::string& reason) {
  WARN("skipped: " << reason);
  skipped = true;
}

int main(int argc, char** argv) {
  // Catch's exit code is the number of failures, which could be 77.
  if (Catch::Session().run(argc, argv) != 0) return 1;
  return skipped ? 77 : 0;
}
