// SPDX-License-Identifier: MIT
#pragma once

namespace fliqe::tools {

/// From now on Ctrl-C (SIGINT) and SIGTERM do not end the program but are noted, so that what is
/// known by then gets written. Whoever asks twice does not wait: the second one ends it.
void catch_interruptions() noexcept;

/// Whether one came.
bool is_interrupted() noexcept;

}  // namespace fliqe::tools
