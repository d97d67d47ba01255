// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::test {

namespace fs = std::filesystem;

/// The project's own files.
inline fs::path source_dir() {
  return FLIQE_SOURCE_DIR;
}
inline std::string default_weights() {
  return (source_dir() / "weights/fliqe-compact.safetensors").string();
}
inline fs::path example_images() {
  return source_dir() / "examples/images";
}

/// Larger test material, which is not part of the project: FLIQE_SHARED_DIR, else a folder "shared"
/// beside it.
inline std::optional<fs::path> shared_dir() {
  const char* named = std::getenv("FLIQE_SHARED_DIR");
  const fs::path path = named != nullptr ? fs::path(named) : source_dir().parent_path() / "shared";
  if (fs::is_directory(path / "golden")) return path;
  return std::nullopt;
}

/// Whether a sanitizer or an emulator makes a network take fifty times as long; they look for other
/// faults than wrong figures.
#if defined(FLIQE_SLOWED)
inline constexpr bool slowed = true;
#else
inline constexpr bool slowed = false;
#endif

/// shared_dir() for tests whose figures need many pictures: nothing where these take too long.
inline std::optional<fs::path> shared_dir_for_figures() {
  return slowed ? std::nullopt : shared_dir();
}

/// Why they are absent.
inline constexpr const char* no_shared_dir = "no shared test material";
inline constexpr const char* no_shared_dir_for_figures =
    slowed ? "its pictures take too long with sanitizers and emulators" : no_shared_dir;

/// A folder that vanishes with the object.
class TemporaryDir {
 public:
  TemporaryDir() {
    std::string pattern = (fs::temp_directory_path() / "fliqe-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;
  ~TemporaryDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

inline void write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline void write_file(const std::string& path, const std::string& text) {
  write_file(path, std::as_bytes(std::span(text)));
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace fliqe::test
