// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/files.hpp"

namespace fliqe::test {

/// What a command left behind.
struct Finished {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

/// Runs a shell command line.
inline Finished run(const std::string& command) {
  const TemporaryDir dir;
  const std::string line =
      "( " + command + " ) > '" + dir / "out" + "' 2> '" + dir / "err" + "' < /dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(dir / "out"),
          read_text(dir / "err")};
}

/// Runs the fliqe program. `before` may set variables or feed a pipe.
inline Finished fliqe(const std::string& arguments, const std::string& before = "") {
  return run(before + " '" FLIQE_PROGRAM "' " + arguments);
}

inline bool has_program(const std::string& name) {
  return run("command -v " + name).exit_code == 0;
}

/// Whether Debian's Python has a module.
inline bool python_has(const std::string& module) {
  return run("/usr/bin/python3 -c 'import " + module + "'").exit_code == 0;
}

}  // namespace fliqe::test
