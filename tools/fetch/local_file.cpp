// SPDX-License-Identifier: MIT
#include "fetch/local_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

#if defined(O_PATH)
constexpr int folder_mode = O_PATH | O_DIRECTORY | O_CLOEXEC;  // needs no right to list it
#else
constexpr int folder_mode = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }
  bool is_open() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

FetchResult failed_to_read(const std::string& name, int error) {
  FetchFailure failure{.reason = name + ": " + std::generic_category().message(error)};
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      failure.code = FetchCode::not_found;
      break;
    case EACCES:
    case EPERM:
      failure.code = FetchCode::forbidden;
      break;
    case ELOOP:  // a link where there was none
      failure.code = FetchCode::not_allowed;
      break;
    default:
      failure.code = FetchCode::io;
      failure.is_transient = error == EIO || error == EAGAIN || error == EMFILE ||
                             error == ENFILE || error == ENOMEM || error == ESTALE ||
                             error == ETIMEDOUT;
  }
  return {.failure = std::move(failure)};
}

FetchResult too_large(const std::string& name, std::size_t most_bytes) {
  return {.failure = FetchFailure{
              .code = FetchCode::too_large,
              .reason = name + ": has more than " + std::to_string(most_bytes) + " bytes"}};
}

FetchResult not_a_file(const std::string& name) {
  return {.failure = FetchFailure{.code = FetchCode::not_a_file,
                                  .reason = name + ": expected a regular file"}};
}

/// The folder that holds the file; no descriptor, and `errno`, when it cannot be entered.
Descriptor enter_folder(const fs::path& root, const fs::path& relative) {
  Descriptor folder(::open(root.c_str(), folder_mode));
  for (const fs::path& name : relative) {
    if (!folder.is_open()) break;
    folder = Descriptor(::openat(folder.number(), name.c_str(), folder_mode | O_NOFOLLOW));
  }
  return folder;
}

/// @param size  expected; the file may grow or shrink meanwhile
FetchResult read_all(int descriptor, std::size_t size, const std::string& name,
                     std::size_t most_bytes) {
  FetchResult result;
  result.bytes.resize(size + 1);  // one more, to see the end
  std::size_t done = 0;
  while (true) {
    const ssize_t count =
        ::read(descriptor, result.bytes.data() + done, result.bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed_to_read(name, errno);
    done += static_cast<std::size_t>(count);
    if (done > most_bytes) return too_large(name, most_bytes);
    if (count == 0) break;
    if (done == result.bytes.size()) result.bytes.resize(std::min(2 * done, most_bytes + 1));
  }
  result.bytes.resize(done);
  return result;
}

}  // namespace

FetchResult read_located(const LocatedFile& file, const std::string& name, std::size_t most_bytes) {
  if (file.error) return failed_to_read(name, file.error.value());
  const fs::path relative(file.relative);
  const std::string last = relative.filename().string();
  const Descriptor folder = enter_folder(file.root, relative.parent_path());
  if (!folder.is_open()) return failed_to_read(name, errno);
  // To open a device may have effects, so it is looked at before.
  struct stat status {};
  if (::fstatat(folder.number(), last.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return failed_to_read(name, errno);
  }
  if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) return not_a_file(name);
  const Descriptor opened(::openat(folder.number(), last.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!opened.is_open() || ::fstat(opened.number(), &status) != 0) {
    return failed_to_read(name, errno);
  }
  if (!S_ISREG(status.st_mode)) return not_a_file(name);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most_bytes) return too_large(name, most_bytes);
  return read_all(opened.number(), size, name, most_bytes);
}

}  // namespace fliqe::tools
