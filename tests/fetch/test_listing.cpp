// SPDX-License-Identifier: MIT
#include <algorithm>
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "fetch/fetch_server.hpp"
#include "fetch/references.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

/// Everything an input stands for; errors begin with "! ".
std::vector<std::string> references_of(const std::string& input, bool recursive,
                                       BucketLister& lister) {
  std::vector<std::string> found;
  CHECK(for_each_reference(input, recursive, lister, [&](Input&& each) {
    found.push_back(each.error.empty() ? each.path : "! " + each.error);
    return true;
  }));
  return found;
}

std::vector<std::string> references_of(const std::string& input, bool recursive = false) {
  BucketLister lister({}, {});
  return references_of(input, recursive, lister);
}

BucketPage parsed(const std::string& xml) {
  return parse_bucket_page(std::as_bytes(std::span(xml)), "s3://bucket");
}

std::string listing(const std::string& content) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         content + "</ListBucketResult>";
}

std::string key(const std::string& name) {
  return "<Contents><Key>" + name + "</Key></Contents>";
}

}  // namespace

TEST_CASE("given folders of folders, pictures come in the order of their whole paths") {
  const TemporaryDir dir;
  std::vector<std::string> paths;
  for (const char* name :
       {"b.jpg", "a/2.jpg", "a/1.PNG", "a-b/x.jpg", "a.jpg", "a/b/c/d.tiff", "a0.jpg"}) {
    paths.push_back(dir / name);
    fs::create_directories(fs::path(paths.back()).parent_path());
    write_file(paths.back(), std::string("x"));
  }
  write_file(dir / "a/notes.txt", std::string("x"));
  fs::create_directory_symlink(dir / "a", dir / "link");
  std::ranges::sort(paths);
  CHECK(references_of(dir.path().string(), true) == paths);
  CHECK(references_of("file://" + dir.path().string(), true) == paths);
  CHECK(references_of(dir.path().string() + "/") ==
        std::vector<std::string>{dir / "a.jpg", dir / "a0.jpg", dir / "b.jpg"});
  CHECK(references_of(dir / "a*.jpg").size() == 2);
}

TEST_CASE("given inputs that yield nothing, each becomes an error in its place") {
  const TemporaryDir dir;
  const auto error = [](const std::string& input) {
    const auto found = references_of(input);
    REQUIRE(found.size() == 1);
    return found.front();
  };
  CHECK(error(dir.path().string()) == "! " + dir.path().string() + ": no pictures found");
  CHECK(error("-").starts_with("! standard input: expected"));
  CHECK(error("ftp://host/a.jpg").starts_with("! ftp://host/a.jpg: expected"));
  CHECK(error("s3:///a.jpg").starts_with("! s3:///a.jpg: expected a bucket"));
}

TEST_CASE("given names of all kinds, references lead back to the files") {
  const TemporaryDir dir;
  for (const char* name :
       {"plain.jpg", "per%20cent.jpg", "K\xc3\xb6ln.jpg", "a\nb.jpg", "\xff.jpg"}) {
    INFO(name);
    write_file(dir / name, std::string(name));
    const std::string reference = file_reference(dir / name);
    CHECK(reference.starts_with("file://") == (name[1] == '\n' || name[0] == '\xff'));
    Fetcher fetcher(AllowedPrefixes({dir.path().string()}));
    CHECK(text_of(fetcher.fetch(reference)) == name);
  }
  CHECK(file_reference("x/./y.jpg") == (fs::current_path() / "x/y.jpg").string());
  CHECK(file_reference("/a/../b.jpg") == "/a/../b.jpg");
}

TEST_CASE("given a callback that has enough or throws, nothing more is listed") {
  const TemporaryDir dir;
  write_file(dir / "a.jpg", std::string("x"));
  write_file(dir / "b.jpg", std::string("x"));
  BucketLister lister({}, {});
  int calls = 0;
  const std::string folder = dir.path().string();
  CHECK_FALSE(for_each_reference(folder, false, lister, [&](Input&&) { return ++calls == 0; }));
  CHECK(calls == 1);
  CHECK_THROWS_WITH(
      for_each_reference(folder, false, lister,
                         [&](Input&&) -> bool { throw Error(ErrorCode::io, "no room"); }),
      "no room");
}

TEST_CASE("given buckets, their pictures are listed page by page", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  const std::vector<std::string> keys{"2026/a b.jpg", "2026/b&<c>.png", "2026/c+d.jpg",
                                      "2026/day/e.jpg", "2026/day/f\xc3\xb6.jpg"};
  for (const std::string& name : keys) server.put(name, "picture");
  server.put("2026/notes.txt", "none");
  server.put("2026-other/g.jpg", "picture");
  BucketLister lister({}, server.aws());
  std::vector<std::string> expected;
  for (const std::string& name : keys) expected.push_back("s3://bucket/" + name);
  CHECK(references_of("s3://bucket/2026", true, lister) == expected);
  CHECK(references_of("s3://bucket/2026/", false, lister) ==
        std::vector<std::string>(expected.begin(), expected.begin() + 3));
  CHECK(references_of("s3://bucket", true, lister).size() == 6);
  CHECK(references_of("s3://bucket/2026/any.jpg", false, lister) ==
        std::vector<std::string>{"s3://bucket/2026/any.jpg"});
  CHECK(references_of("s3://bucket/2025", true, lister) ==
        std::vector<std::string>{"! s3://bucket/2025/: no pictures found"});
  Fetcher fetcher(AllowedPrefixes({"s3://bucket"}), {}, server.aws());
  for (const std::string& reference : expected)
    CHECK(text_of(fetcher.fetch(reference)) == "picture");
}

TEST_CASE("given a bucket that cannot be listed, the error says why", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  AwsSettings wrong = server.aws();
  wrong.secret_key = "wrong";
  BucketLister lister({}, wrong);
  CHECK(references_of("s3://bucket/2026", true, lister) ==
        std::vector<std::string>{"! s3://bucket/2026/: the server answers 403"});
}

TEST_CASE("given listings, keys and the way on are read", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);  // the parser is part of HTTP
  const BucketPage plain = parsed(listing(key("a%20b") + key("c&amp;d&#x20;e")));
  CHECK(plain.keys == std::vector<std::string>{"a%20b", "c&d e"});
  CHECK(plain.next.empty());
  const BucketPage encoded =
      parsed(listing("<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                     "<NextContinuationToken>t/+=</NextContinuationToken>" +
                     key("a%20b%0A") + "<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes>"));
  CHECK(encoded.keys == std::vector<std::string>{"a b\n"});
  CHECK(encoded.folders == std::vector<std::string>{"x/"});
  CHECK(encoded.next == "t/+=");
  CHECK(parsed(listing("<Owner><Key>no</Key></Owner>")).keys.empty());
}

TEST_CASE("given hostile listings, they are refused", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "<a>";
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
      "\"&a;&a;&a;&a;\">]>" +
      listing(key("&b;")).substr(39);
  const std::string outside =
      "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" +
      listing(key("&x;")).substr(39);
  for (const std::string& xml :
       {std::string(), std::string("no XML"), std::string("<html></html>"), bomb, outside,
        listing(nested), listing(key(std::string(5000, 'x'))), listing("<Contents>").substr(0, 120),
        listing("<IsTruncated>true</IsTruncated>"), listing("") + listing(""),
        listing("<EncodingType>url</EncodingType>" + key("%zz")),
        listing("<EncodingType>url</EncodingType>" + key("%00")), listing(key("\xff"))}) {
    INFO(xml.substr(0, 200));
    CHECK_THROWS_WITH(parsed(xml), Contains("s3://bucket: expected S3's listing"));
  }
}
