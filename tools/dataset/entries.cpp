// SPDX-License-Identifier: MIT
#include "dataset/entries.hpp"

#include <exception>
#include <filesystem>
#include <utility>

#include "io/csv.hpp"
#include "io/inputs.hpp"

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

bool is_picture_or_video(const std::string& path) {
  return has_picture_extension(path) || has_video_extension(path);
}

Entry entry_of(const PictureSet& set, std::string path, std::string label, std::string group) {
  const bool is_video = has_video_extension(path) || (set.every && has_sequence_extension(path));
  if (group.empty()) group = is_video ? path : fs::path(path).parent_path().string();
  return {std::move(path), std::move(label), std::move(group), {}, is_video};
}

void add_table(const PictureSet& set, const std::string& path, std::vector<Entry>& entries) {
  const CsvTable table = read_csv(path);
  const std::size_t file = table.column("file"), label = table.column("label");
  for (const std::vector<std::string>& row : table.rows) {
    const fs::path picture = fs::path(path).parent_path() / row[file];
    entries.push_back(entry_of(set, picture.string(), row[label],
                               table.has("group") ? row[table.column("group")] : std::string()));
  }
}

}  // namespace

std::vector<Entry> entries_of(const PictureSet& set) {
  std::vector<Entry> entries;
  std::vector<std::string> pictures;
  for (const std::string& each : set.images) {
    if (each.ends_with(".csv")) {
      add_table(set, each, entries);
    } else {
      pictures.push_back(each);
    }
  }
  if (pictures.empty()) return entries;
  for (Input& input : expand_inputs(pictures, set.recursive, is_picture_or_video)) {
    const std::string label = fs::path(input.path).parent_path().filename().string();
    entries.push_back(entry_of(set, std::move(input.path), label.empty() ? "." : label, {}));
    entries.back().error = std::move(input.error);
  }
  return entries;
}

PictureTasks::PictureTasks(const PictureSet& set, std::vector<Entry> entries)
    : set_(set), entries_(std::move(entries)) {}

std::optional<PictureTask> PictureTasks::next() {
  const auto copies = static_cast<std::size_t>(set_.augmented) + 1;
  if (!task_ || next_copy_ == copies) {
    if (!advance()) return std::nullopt;
    next_copy_ = 0;
  }
  task_->copy = next_copy_++;
  return task_;
}

bool PictureTasks::advance() {
  while (true) {
    if (video_) {
      if (next_frame()) return true;
      video_.reset();
    }
    if (next_entry_ == entries_.size()) return false;
    const Entry& entry = entries_[next_entry_++];
    if (!entry.is_video || !entry.error.empty()) {
      set_task(entry);
      return true;
    }
    if (!open(entry)) return true;
  }
}

bool PictureTasks::open(const Entry& entry) {
  SourceOptions options;
  options.thermal = set_.thermal;
  frames_ = 0;
  try {
    video_ = open_frame_source(entry.path, options);
    return true;
  } catch (const std::exception& error) {
    set_error(error.what());
    return false;
  }
}

bool PictureTasks::next_frame() {
  const Entry& entry = entries_[next_entry_ - 1];
  try {
    while (std::optional<VideoFrame> frame = video_->next()) {
      if (frames_++ % set_.every.value_or(1) != 0) continue;
      Entry named = entry;
      named.path += "#" + std::to_string(frame->number);
      set_task(std::move(named), std::make_shared<const Image>(std::move(frame->image)));
      return true;
    }
    if (frames_ > 0) return false;
    set_error(entry.path + ": expected frames, found none");
  } catch (const std::exception& error) {
    set_error(error.what());
  }
  video_.reset();
  return true;
}

void PictureTasks::set_task(Entry entry, std::shared_ptr<const Image> frame) {
  task_ = PictureTask{std::move(entry), next_number_++, 0, std::move(frame)};
}

void PictureTasks::set_error(const std::string& error) {
  Entry entry = entries_[next_entry_ - 1];
  entry.error = error;
  set_task(std::move(entry));
}

}  // namespace fliqe::tools
