// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataset/picture_set.hpp"
#include "video/frame_source.hpp"

namespace fliqe::tools {

/// A picture that has not been read yet, a video, or why there is none.
struct Entry {
  std::string path, label, source, error;
  bool is_video = false;
};

/// What the user named. @throws Error
std::vector<Entry> entries_of(const PictureSet& set);

/// A version of a picture that is to be made.
struct PictureTask {
  Entry entry;                              ///< of a frame: "PATH#NUMBER" is its path
  std::size_t number = 0;                   ///< of the picture, from 0
  std::size_t copy = 0;                     ///< 0: as it is
  std::shared_ptr<const Image> frame = {};  ///< nothing: the file is to be read
};

/// Hands out all copies of one picture after the other. Videos are decoded on the way.
class PictureTasks {
 public:
  PictureTasks(const PictureSet& set, std::vector<Entry> entries);

  /// Nothing after the last. What is wrong with a video is said by a task.
  std::optional<PictureTask> next();

 private:
  bool advance();
  bool open(const Entry& entry);
  bool next_frame();
  void set_task(Entry entry, std::shared_ptr<const Image> frame = {});
  void set_error(const std::string& error);

  const PictureSet& set_;
  std::vector<Entry> entries_;
  std::size_t next_entry_ = 0;
  std::size_t next_number_ = 0;
  std::size_t next_copy_ = 0;
  std::optional<PictureTask> task_;
  std::unique_ptr<FrameSource> video_;
  std::size_t frames_ = 0;  ///< decoded of the video
};

}  // namespace fliqe::tools
