// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fliqe::test {

/// Marks the test case as skipped. If nothing fails, the program exits with 77, which ctest reports
/// as skipped (as a failure in entries without a need).
void skip(const std::string& reason);

}  // namespace fliqe::test
