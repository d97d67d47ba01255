// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fliqe::test {

/// Says why a test case ends here without having tested anything. Once nothing fails, the program's
/// exit code is then 77: ctest shows an entry for such a need as skipped, any other as failed.
void skip(const std::string& reason);

}  // namespace fliqe::test
