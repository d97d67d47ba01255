// SPDX-License-Identifier: MIT
#include "fetch/bucket_page.hpp"

#include <expat.h>

#include <algorithm>
#include <exception>
#include <fliqe/base/error.hpp>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "fetch/url.hpp"

namespace fliqe::tools {
namespace {

/// Collects what a page says from the parser's events. What an event throws ends the parser.
class PageReader {
 public:
  explicit PageReader(std::string name)
      : parser_(XML_ParserCreate(nullptr)), name_(std::move(name)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_begin, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
  }

  BucketPage read(std::span<const std::byte> xml) {
    require(xml.size() <= std::numeric_limits<int>::max(), ErrorCode::corrupt_file,
            name_ + ": the listing is too long");
    const auto* const text = reinterpret_cast<const char*>(xml.data());
    const XML_Status status =
        XML_Parse(parser_.get(), text, static_cast<int>(xml.size()), XML_TRUE);
    if (failure_) std::rethrow_exception(failure_);
    if (status != XML_STATUS_OK) fail(XML_ErrorString(XML_GetErrorCode(parser_.get())));
    if (is_truncated_ && page_.next.empty()) fail("it goes on, but does not say where");
    if (!is_truncated_) page_.next.clear();
    if (is_encoded_) decode();
    return std::move(page_);
  }

 private:
  static constexpr std::size_t most_depth = 8;
  static constexpr std::size_t most_text = 4096;  ///< a key has 1024 bytes, each %XX at most

  struct Deleter {
    void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::corrupt_file, name_ + ": expected S3's listing: " + what);
  }

  /// Exceptions must not pass through the parser, which is C.
  template <class Action>
  static void guarded(void* user, Action action) noexcept {
    auto& reader = *static_cast<PageReader*>(user);
    if (reader.failure_) return;
    try {
      action(reader);
    } catch (...) {
      reader.failure_ = std::current_exception();
      XML_StopParser(reader.parser_.get(), XML_FALSE);
    }
  }

  static void on_begin(void* user, const XML_Char* name, const XML_Char**) noexcept {
    guarded(user, [&](PageReader& reader) { reader.begin(name); });
  }
  static void on_end(void* user, const XML_Char*) noexcept {
    guarded(user, [](PageReader& reader) { reader.end(); });
  }
  static void on_text(void* user, const XML_Char* text, int size) noexcept {
    guarded(user, [&](PageReader& reader) {
      reader.text_.append(text, static_cast<std::size_t>(size));
      if (reader.text_.size() > most_text) reader.fail("a text is too long");
    });
  }
  static void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*,
                         int) noexcept {
    guarded(user, [](PageReader& reader) { reader.fail("it has a document type"); });
  }

  void begin(std::string_view name) {
    if (path_.empty() && name != "ListBucketResult") fail("it begins with another element");
    if (lengths_.size() >= most_depth) fail("it is nested too deeply");
    lengths_.push_back(path_.size());
    path_.append("/").append(name);
    text_.clear();
  }

  void end() {
    const std::string_view place = path_;
    if (place == "/ListBucketResult/Contents/Key") page_.keys.push_back(text_);
    if (place == "/ListBucketResult/CommonPrefixes/Prefix") page_.folders.push_back(text_);
    if (place == "/ListBucketResult/NextContinuationToken") page_.next = text_;
    if (place == "/ListBucketResult/IsTruncated") is_truncated_ = text_ == "true";
    if (place == "/ListBucketResult/EncodingType") is_encoded_ = text_ == "url";
    path_.resize(lengths_.back());
    lengths_.pop_back();
    text_.clear();
  }

  void decode() {
    try {
      for (std::string& key : page_.keys) key = percent_decoded(key);
      for (std::string& folder : page_.folders) folder = percent_decoded(folder);
    } catch (const Error& error) {
      fail(std::string("a key: ") + error.what());
    }
  }

  std::unique_ptr<XML_ParserStruct, Deleter> parser_;
  std::string name_;
  std::string path_, text_;           ///< of the element that is open
  std::vector<std::size_t> lengths_;  ///< of the paths of those around it
  bool is_truncated_ = false, is_encoded_ = false;
  std::exception_ptr failure_;
  BucketPage page_;
};

}  // namespace

BucketPage parse_bucket_page(std::span<const std::byte> xml, const std::string& name) {
  return PageReader(name).read(xml);
}

}  // namespace fliqe::tools
