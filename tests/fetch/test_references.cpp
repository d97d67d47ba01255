// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <string>
#include <vector>

#include "fetch/fetcher.hpp"
#include "fetch/local_file.hpp"
#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

bool allows(const std::vector<std::string>& prefixes, const std::string& reference) {
  return AllowedPrefixes(prefixes).allows(reference);
}

/// An archive with a picture, and a secret beside it.
struct Archive {
  Archive() {
    fs::create_directories(dir / "archive/sub");
    fs::create_directories(dir / "archive2");
    write_file(dir / "archive/a b.jpg", std::string("picture"));
    write_file(dir / "archive/sub/c.jpg", std::string("another"));
    write_file(dir / "archive2/secret", std::string("secret"));
  }
  FetchResult fetch(const std::string& reference) const {
    Fetcher files(AllowedPrefixes({dir / "archive"}), {.most_bytes = 100});
    return files.fetch(reference);
  }
  FetchCode failure(const std::string& reference) const {
    const FetchResult result = fetch(reference);
    REQUIRE(result.failure);
    CHECK(result.bytes.empty());
    CHECK_FALSE(result.failure->is_transient);
    return result.failure->code;
  }
  std::string path(const std::string& name) const { return dir / name; }

  TemporaryDir dir;
};

std::string as_text(const FetchResult& result) {
  return {reinterpret_cast<const char*>(result.bytes.data()), result.bytes.size()};
}

}  // namespace

TEST_CASE("given URLs in many spellings, one normal form is compared and requested") {
  CHECK(parse_url("HTTPS://Host.Example.:443/a/./b/../c?x=%2e#part").text() ==
        "https://host.example/a/c?x=%2e");
  CHECK(parse_url("http://host").text() == "http://host/");
  CHECK(parse_url("http://host:80?q").text() == "http://host/?q");
  CHECK(parse_url("http://host:8080/").text() == "http://host:8080/");
  CHECK(parse_url("http://[0:0::1]:81/%7ea%c3%a4%20").text() == "http://[::1]:81/~a%C3%A4%20");
  CHECK(parse_url("http://host/K\xc3\xb6ln?\xc3\xb6").text() == "http://host/K%C3%B6ln?%C3%B6");
  CHECK(parse_url("http://host/%2E%2e/%2e/a").path == "/a");
  CHECK(parse_url("http://host/a/..").path == "/");
  CHECK(parse_url("http://host/a//b/").path == "/a//b/");
  CHECK(parse_url("http://host/o/folder%2Fa.jpg").path == "/o/folder%2Fa.jpg");
}

TEST_CASE("given malformed URLs and references, each is refused") {
  for (const char* url : {
           "http://",
           "http:///path",
           "http://user@host/",
           "http://user:password@host/",
           "http://good.example@evil.example/",
           "http://host:0/",
           "http://host:65536/",
           "http://host:80x/",
           "http://ho%73t/",
           "http://h\xc3\xb6st/",
           "http://[::1/",
           "http://[::1]x/",
           "http://[name]/",
           "http://host/a b",
           "http://host\\@evil/",
           "http://host/a\nHost: evil",
           "http://host/%",
           "http://host/%zz",
           "http://host/%00",
           "http://host/a/..%2f..%2fb",
           "http://host/a/%2e%2e%5cb",
           "http://host/a/%252e%252e/b",
           "http://host/a/..;x/b",
           "ftp://host/a",
           "file://host/a",
           "file:///a%00b",
           "s3://",
           "s3:///key",
           "s3://bu%63ket/key",
           "s3://bucket/../other/key",
           "s3://bucket/a/./b",
           "relative.jpg",
           "",
           "-",
       }) {
    INFO(url);
    CHECK_THROWS_AS(parse_reference(url), Error);
    CHECK_FALSE(allows({"/", "http://host/", "s3://bucket"}, url));
  }
}

TEST_CASE("given messages, they show neither queries nor passwords nor control characters") {
  CHECK(shown_reference("https://host/a.jpg?X-Amz-Signature=secret") == "https://host/a.jpg");
  CHECK(shown_reference("https://user:secret@host/a") == "https://***@host/a");
  CHECK(shown_reference("https://user:sec@ret@host/a?b@c") == "https://***@host/a");
  CHECK(shown_reference("/a\x1b[31m?b") == "/a?[31m?b");
  CHECK(shown_reference(std::string(10000, 'x')).size() < 400);
  CHECK_THROWS_WITH(parse_reference("https://user:secret@host/?secret"), !Contains("secret"));
}

TEST_CASE("given prefixes, they allow what lies below them by whole segments") {
  CHECK_FALSE(AllowedPrefixes().allows("/etc/passwd"));
  CHECK_FALSE(AllowedPrefixes().allows("http://host/"));
  const std::vector<std::string> prefixes{"https://host/pictures", "http://[::1]:81/",
                                          "s3://bucket/2026/", "s3://whole"};
  for (const char* good : {"https://host/pictures", "https://host/pictures/a?sig=1",
                           "HTTPS://HOST.:443/pictures/a/../b", "https://host/x/../pictures/a",
                           "http://[0::1]:81/any", "s3://bucket/2026/a.jpg", "S3://whole/a/b"}) {
    INFO(good);
    CHECK(allows(prefixes, good));
  }
  for (const char* bad :
       {"https://host/pictures2", "https://host/pictures/../secret",
        "https://host/pictures/%2e%2e/secret", "https://host/pictures/%2E./secret",
        "https://host//pictures/a", "https://host/", "http://host/pictures/a",
        "https://host:444/pictures/a", "https://host.evil/pictures/a", "https://xhost/pictures/a",
        "https://host@evil/pictures/a", "http://[::2]:81/", "http://[::1]/", "s3://bucket/2025",
        "s3://bucket/2026-secret/a", "s3://bucket2/2026/a", "s3://wholesale/a", "/etc/passwd",
        "file:///etc/passwd"}) {
    INFO(bad);
    CHECK_FALSE(allows(prefixes, bad));
  }
}

TEST_CASE("given prefixes that cannot be any, they are refused") {
  CHECK_THROWS_WITH(AllowedPrefixes({"archive"}), Contains("expected an absolute path"));
  CHECK_THROWS_WITH(AllowedPrefixes({"/no/such/folder"}),
                    Contains("/no/such/folder: No such file"));
  CHECK_THROWS_WITH(AllowedPrefixes({"http://host/?a=b"}), Contains("expected no query"));
  CHECK_THROWS_WITH(AllowedPrefixes({"http://*.example/"}), Contains("host"));
}

TEST_CASE("given files below an allowed folder, they are read in every spelling") {
  const Archive archive;
  CHECK(as_text(archive.fetch(archive.path("archive/a b.jpg"))) == "picture");
  CHECK(as_text(archive.fetch("file://" + archive.path("archive/a%20b.jpg"))) == "picture");
  CHECK(as_text(archive.fetch("FILE://localhost" + archive.path("archive/%61%20b.jpg"))) ==
        "picture");
  CHECK(as_text(archive.fetch(archive.path("archive//sub/../sub/./c.jpg"))) == "another");
  CHECK(as_text(archive.fetch(archive.path("archive2/../archive/a b.jpg"))) == "picture");
  Fetcher one(AllowedPrefixes({archive.path("archive/a b.jpg")}));
  CHECK(as_text(one.fetch(archive.path("archive/a b.jpg"))) == "picture");
  CHECK(one.fetch(archive.path("archive/sub/c.jpg")).failure->code == FetchCode::not_allowed);
}

TEST_CASE("given paths and links that leave the allowed folder, nothing is read") {
  const Archive archive;
  fs::create_symlink(archive.path("archive2"), archive.path("archive/link"));
  fs::create_symlink("../archive2/secret", archive.path("archive/link.jpg"));
  fs::create_symlink("sub/c.jpg", archive.path("archive/inside.jpg"));
  for (const char* bad : {"archive2/secret", "archive/../archive2/secret", "archive/link/secret",
                          "archive/link.jpg", "archive/sub/../../archive2/secret",
                          "archive/link/../archive2/secret", "archive/no/../../archive2/secret"}) {
    INFO(bad);
    CHECK(archive.failure(archive.path(bad)) == FetchCode::not_allowed);
    CHECK_FALSE(AllowedPrefixes({archive.path("archive")}).allows(archive.path(bad)));
  }
  CHECK(archive.failure("file://" + archive.path("archive/%2e%2e/archive2/secret")) ==
        FetchCode::not_allowed);
  CHECK(as_text(archive.fetch(archive.path("archive/inside.jpg"))) == "another");
}

TEST_CASE("given a link that appears after the check, it is not followed") {
  const Archive archive;
  const AllowedPrefixes allowed({archive.path("archive")});
  const LocatedFile file = allowed.locate({archive.path("archive/sub/c.jpg")});
  const LocatedFile picture = allowed.locate({archive.path("archive/a b.jpg")});
  REQUIRE(file.is_allowed);
  fs::remove_all(archive.path("archive/sub"));
  fs::remove(archive.path("archive/a b.jpg"));
  write_file(archive.path("archive2/c.jpg"), std::string("secret"));
  fs::create_symlink(archive.path("archive2"), archive.path("archive/sub"));
  fs::create_symlink(archive.path("archive2/secret"), archive.path("archive/a b.jpg"));
  CHECK(read_located(file, "c.jpg", 100).bytes.empty());
  CHECK(read_located(picture, "a b.jpg", 100).failure->code == FetchCode::not_allowed);
}

TEST_CASE("given files that cannot be read, the code says why") {
  const Archive archive;
  ::mkfifo(archive.path("archive/pipe").c_str(), 0600);
  write_file(archive.path("archive/large"), std::string(101, 'x'));
  write_file(archive.path("archive/just"), std::string(100, 'x'));
  write_file(archive.path("archive/empty"), std::string());
  CHECK(archive.failure(archive.path("archive/missing.jpg")) == FetchCode::not_found);
  CHECK(archive.failure(archive.path("archive/a b.jpg/x")) == FetchCode::not_found);
  CHECK(archive.failure(archive.path("archive")) == FetchCode::not_a_file);
  CHECK(archive.failure(archive.path("archive/sub/")) == FetchCode::not_a_file);
  CHECK(archive.failure(archive.path("archive/pipe")) == FetchCode::not_a_file);
  CHECK(archive.failure(archive.path("archive/large")) == FetchCode::too_large);
  CHECK(archive.failure("archive/a b.jpg") == FetchCode::bad_reference);
  CHECK(archive.failure("http://127.0.0.1/") == FetchCode::not_allowed);
  CHECK(archive.fetch(archive.path("archive/just")).bytes.size() == 100);
  CHECK_FALSE(archive.fetch(archive.path("archive/empty")).failure);
  CHECK_THAT(archive.fetch(archive.path("archive/missing.jpg")).failure->reason,
             Contains("archive/missing.jpg: No such file"));
}
