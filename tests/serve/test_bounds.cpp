// SPDX-License-Identifier: MIT
// Bodies that are made to take time, memory or stack, and not to say anything.
#include <catch2/catch.hpp>
#include <string>

#include "io/json_text.hpp"
#include "serve/served.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

constexpr const char* infer = "/v2/models/fliqe/infer";

std::string repeated(const std::string& text, std::size_t count) {
  std::string result;
  result.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string image(const std::string& members) {
  return R"({"inputs":[{"name":"image","datatype":"BYTES",)" + members + "}]}";
}

std::string members(std::size_t count) {
  std::string json = "{";
  for (std::size_t i = 0; i < count; ++i)
    json += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  return json + "}";
}

}  // namespace

TEST_CASE("given JSON, each of its limits is kept and named") {
  const JsonLimits limits{.depth = 3, .members = 2, .values = 8};
  const auto error = [&](const std::string& text) -> std::string {
    try {
      parse_json(text, "body", limits);
    } catch (const JsonLimitError& refused) {
      return refused.what();
    }
    return {};
  };
  for (const char* fine : {"[[[]]]", R"({"a":"[[[[{{{{::::,,,,,,,,,,","b":2})", "[1,2,3,4,5,6,7,8]",
                           R"([{"a":1,"b":2},{"a":1}])", R"(["\"[[[[","\\",[]])"}) {
    INFO(fine);
    CHECK(error(fine).empty());
    CHECK(parse_json(fine, "body", limits) == Json::parse(fine));
  }
  CHECK(error("[[[[") == "body: expected JSON of at most 3 levels");
  CHECK(error(R"({"a":{"a":{"a":{)") == "body: expected JSON of at most 3 levels");
  CHECK(error(R"({"a":1,"b":2,"c":3})") == "body: expected JSON of at most 2 members of an object");
  CHECK(error("[1,2,3,4,5,6,7,8,9]") == "body: expected JSON of at most 8 values");
  CHECK(error("[[],[],[],[],[]]") == "body: expected JSON of at most 8 values");
  for (const char* wrong : {"", "\"", "\"\\", "\"\\\"", "]}]}", ":", "[\"a"}) {
    INFO(wrong);
    CHECK_THROWS_WITH(parse_json(wrong, "body", limits), Contains("body: expected JSON: "));
  }
}

TEST_CASE("given a byte of zero after JSON, what follows is not passed over") {
  const std::string text("{}\0nonsense", 11);
  CHECK_THROWS_WITH(parse_json(text, "body"), Contains("a byte of zero"));
  const Served served;
  const Answer start = served.post("/start", text);
  CHECK(start.status == 422);
  CHECK(start.json()["detail"][0]["ctx"]["error"] == "Extra data");
  CHECK(served.post(infer, text).status == 400);
}

TEST_CASE("given JSON of millions of levels, each reader of it says so") {
  const Served served;
  const std::string deep = repeated("[", 5'000'000);
  const Answer inference = served.post(infer, image(R"("shape":[1],"data":)" + deep));
  CHECK(inference.status == 400);
  CHECK_THAT(inference.body, Contains("levels"));
  const std::string few = repeated("[", 500'000);
  const Answer start = served.post("/start", R"({"video_uri":)" + few);
  CHECK(start.status == 400);
  CHECK(start.json()["detail"] == "There was an error parsing the body");
  const Answer stream = request(served.port(), "PUT", "/v1/streams/a", R"({"source":)" + few);
  CHECK(stream.status == 422);
  CHECK_THAT(stream.body, Contains("levels"));
  CHECK(served.get("/healthz").status == 200);
}

TEST_CASE("given objects of many members, they are refused at once") {
  const Served served;
  const std::string many = members(60'000);
  CHECK_THAT(served.post(infer, many).body, Contains("members"));
  CHECK(served.post("/start", many).status == 400);
  CHECK_THAT(request(served.port(), "PUT", "/v1/streams/a", many).body, Contains("members"));
}

TEST_CASE("given more pictures than a request may have, none is scored") {
  const Served served;
  const std::string head = image(R"("shape":[257],"parameters":{"binary_data_size":1028})");
  const Answer binary =
      served.post(infer, head + std::string(4 * 257, '\0'),
                  {{"Inference-Header-Content-Length", std::to_string(head.size())}});
  CHECK(binary.status == 400);
  CHECK_THAT(binary.body, Contains("at most 256 pictures"));
  const std::string texts = "\"AAAA\"" + repeated(",\"AAAA\"", 256);
  CHECK_THAT(served.post(infer, image(R"("shape":[257],"data":[)" + texts + "]")).body,
             Contains("at most 256 pictures"));
}

TEST_CASE("given a shape that no array has, the answer says so") {
  const Served served;
  for (const char* shape :
       {"[-1]", "[1,-1]", "[1.0]", "[1e300]", "[18446744073709551616]", "[true]", "[\"1\"]",
        "[[1]]", "1", "null", "{\"a\":1}", "[0]", "[0,18446744073709551615]",
        "[4294967296,4294967296,1]", "[9223372036854775809,9223372036854775809]"}) {
    INFO(shape);
    const Answer answer =
        served.post(infer, image(R"("shape":)" + std::string(shape) + R"(,"data":["AAAA"])"));
    CHECK(answer.status == 400);
    CHECK_THAT(answer.body, Contains("shape"));
  }
  const Answer matrix =
      served.post(infer, image(R"("shape":[1,1],"data":[["UDUgMiAyIDI1NQoBAgME"]])"));
  CHECK(matrix.status == 200);
}

TEST_CASE("given an output that is asked for twice, the answer says so") {
  const Served served;
  const Answer answer =
      served.post(infer, R"({"outputs":[{"name":"embedding"},{"name":"embedding"}],"inputs":[]})");
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body, Contains("found twice"));
}

TEST_CASE("given a long body that is wrong, the message is short") {
  const Served served;
  const std::string words(1'000'000, 'a');
  CHECK(served.post(infer, "\"" + words).body.size() < 400);
  CHECK(served.post(infer, image(R"("shape":[1],"data":")" + words + '"')).body.size() < 400);
  const Answer stream = request(served.port(), "PUT", "/v1/streams/a",
                                R"({"source":"rtsp://a","every":")" + words + "\"}");
  CHECK(stream.status == 422);
  CHECK(stream.body.size() < 400);
}

TEST_CASE("given settings of more than a megabyte, they are not even read") {
  const Served served;
  const std::string body(1'100'000, ' ');
  CHECK(served.post("/start", body).status == 413);
  CHECK_THAT(request(served.port(), "PUT", "/v1/streams/a", body).body, Contains("1048576 bytes"));
  ClientSocket socket(served.port());
  socket.send(
      "PUT /v1/streams/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  socket.send("200000\r\n");
  CHECK(read_answer(socket).status == 413);
}
