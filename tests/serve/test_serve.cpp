// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "report/score_json.hpp"
#include "serve/served.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;

namespace {

std::vector<std::string> example_paths() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(example_images())) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".jpg" || extension == ".png") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

/// What the program says of a picture.
nlohmann::json program_entry(const std::string& path) {
  return nlohmann::json::parse(
      test::fliqe("score -q --embedding --format jsonl '" + path + "'").output);
}

std::string as_form(const std::vector<std::string>& paths) {
  std::string body;
  for (const std::string& path : paths) {
    body += "--frontier\r\nContent-Disposition: form-data; name=\"image\"; filename=\"" +
            fs::path(path).filename().string() + "\"\r\n\r\n" + read_text(path) + "\r\n";
  }
  return body + "--frontier--\r\n";
}

const Headers form_type{{"Content-Type", "multipart/form-data; boundary=frontier"}};

std::string with_length(std::string_view bytes) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += static_cast<char>(bytes.size() >> (8 * i) & 0xff);
  return text + std::string(bytes);
}

}  // namespace

TEST_CASE("given pictures, the service's scores are the program's in every digit") {
  const Served served;
  for (const std::string& path : example_paths()) {
    auto expected = program_entry(path);
    const Answer answer = served.post("/v1/score?embedding=1&name=" + path, read_text(path));
    CHECK(answer.status == 200);
    CHECK(answer.json() == expected);
  }
}

TEST_CASE("given a form of pictures, the document is that of the program; bad ones have an error") {
  const Served served;
  std::vector<std::string> paths = example_paths();
  paths.push_back((source_dir() / "README.md").string());
  const Answer answer = served.post("/v1/score", as_form(paths), form_type);
  REQUIRE(answer.status == 200);
  const auto json = answer.json();
  REQUIRE(json["images"].size() == paths.size());
  for (std::size_t i = 0; i + 1 < paths.size(); ++i) {
    CHECK(json["images"][i]["quality"] == program_entry(paths[i])["quality"]);
    CHECK(json["images"][i]["file"] == fs::path(paths[i]).filename().string());
  }
  CHECK(json["images"].back()["quality"].is_null());
  CHECK(json["summary"]["failed"] == 1);
  CHECK(json["summary"]["scored"] == paths.size() - 1);
  CHECK(json["weights_source_sha256"].is_string());
  CHECK(served.post("/v1/score", "--frontier\r\n", form_type).status == 400);
  CHECK(served.post("/v1/score", "--frontier--\r\n", form_type).status == 400);
}

TEST_CASE("given a picture, its heat map is the program's, pixel by pixel") {
  const Served served;
  const std::string path = example_paths().front();
  const Answer answer = served.post("/v1/heatmap?grid=4&ramp=red-green", read_text(path));
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("Content-Type") == "image/png");
  CHECK(answer.headers.at("Fliqe-Quality") == digits9(program_entry(path)["quality"]));
  const TemporaryDir dir;
  const std::string file = dir / "map.png";
  test::fliqe("heatmap --grid 4 --ramp red-green -o '" + file + "' '" + path + "'");
  CHECK(answer.body == read_text(file));
}

TEST_CASE("given a wrong request for a heat map, the answer says what was expected") {
  const Served served;
  const auto message = [&](const std::string& query, const std::string& body, int status) {
    const Answer answer = served.post("/v1/heatmap" + query, body);
    CHECK(answer.status == status);
    return answer.json()["error"]["message"].get<std::string>();
  };
  CHECK(message("", "", 400) == "body: expected a picture, found none");
  CHECK(message("?grid=33", "x", 400) == "grid: expected 1 to 32, found '33'");
  CHECK(message("?method=guess", "x", 400) ==
        "method: expected patches or occlusion, found 'guess'");
  CHECK(message("?ramp=grey", "x", 400) == "ramp: expected red-green or orange-blue, found 'grey'");
  CHECK(message("?name=a.jpg", "no picture", 422).starts_with("a.jpg: expected"));
}

TEST_CASE("given a browser, the page and all that it loads come from here") {
  const Served served;
  const Answer page = served.get("/");
  CHECK(page.status == 200);
  CHECK(page.headers.at("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.headers.at("Content-Security-Policy").starts_with("default-src 'self'"));
  const std::regex link("(?:href|src)=\"(page/[^\"]+)\"");
  const std::sregex_iterator end;
  int files = 0;
  for (std::sregex_iterator each(page.body.begin(), page.body.end(), link); each != end; ++each) {
    CHECK(served.get("/" + (*each)[1].str()).status == 200);
    ++files;
  }
  CHECK(files >= 4);
  CHECK(served.get("/page/main.js").headers.at("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(served.get("/page/../index.html").status == 404);
}

TEST_CASE("given counts, the query says how they become grey levels") {
  const Served served;
  std::string counts;
  for (int i = 0; i < 64 * 48; ++i) counts += {static_cast<char>(i * 7), static_cast<char>(i >> 6)};
  const std::string target = "/v1/score?name=frame.raw&raw_size=64x48&agc=";
  const Answer answer = served.post(target + "plateau", counts);
  REQUIRE(answer.status == 200);
  CHECK(answer.json()["agc"].get<std::string>().starts_with("plateau"));
  CHECK(answer.json()["width"] == 64);
  const TemporaryDir dir;
  write_file(dir / "frame.raw", counts);
  const Finished done =
      test::fliqe("score -q --format jsonl --agc plateau --raw-size 64x48 '" + dir / "frame.raw'");
  CHECK(answer.json()["quality"] == nlohmann::json::parse(done.output)["quality"]);
  CHECK(served.post(target + "nonsense", counts).status == 400);
  CHECK(served.post("/v1/score?source=else", "x").status == 400);
}

TEST_CASE("given what is no picture, the answer says what was expected") {
  const Served served;
  const Answer text = served.post("/v1/score?name=notes.txt", "hello");
  CHECK(text.status == 422);
  CHECK(
      text.json()["error"]["message"].get<std::string>().starts_with("notes.txt: expected a JPEG"));
  CHECK(served.post("/v1/score", "").status == 400);
  const Answer large =
      served.post("/v1/score", "P5 1001 1000 255\n" + std::string(1001 * 1000, 'a'));
  CHECK(large.status == 422);
  CHECK(large.json()["error"]["message"].get<std::string>().find("at most 1000000 pixels") !=
        std::string::npos);
}

TEST_CASE("given a full queue, further requests are told to come again") {
  Served served({.queue = 1});
  const std::string picture = read_text(example_paths().front());
  std::vector<std::thread> clients;
  std::atomic<int> scored{0}, refused{0};
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (int k = 0; k < (slowed ? 1 : 4); ++k) {
        const int status = served.post("/v1/score", picture).status;
        ++(status == 200 ? scored : refused);
        if (status != 200) CHECK(status == 429);
      }
    });
  }
  CHECK(served.get("/healthz").status == 200);
  for (std::thread& client : clients) client.join();
  CHECK(scored > 0);
  CHECK(refused > 0);
  served.service().set_ready(false);
  CHECK(served.post("/v1/score", picture).status == 503);
  CHECK(served.get("/readyz").status == 503);
  CHECK(served.get("/healthz").status == 200);
}

TEST_CASE("given requests, the metrics count them") {
  const Served served;
  served.post("/v1/score", read_text(example_paths().front()));
  served.post("/v1/score", "x");
  served.get("/nothing");
  const std::string text = served.get("/metrics").body;
  for (const char* line : {"\nfliqe_requests_total{route=\"/v1/score\",code=\"200\"} 1\n",
                           "\nfliqe_requests_total{route=\"/v1/score\",code=\"422\"} 1\n",
                           "\nfliqe_requests_total{route=\"\",code=\"404\"} 1\n",
                           "\nfliqe_pictures_total{outcome=\"scored\"} 1\n",
                           "\nfliqe_pictures_total{outcome=\"failed\"} 1\n",
                           "\nfliqe_score_duration_seconds_count 2\n", "\nfliqe_ready 1\n"}) {
    INFO(text);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("given metrics, Prometheus' own checker accepts them", "[promtool]") {
  if (!has_program("promtool")) return skip("no promtool (package prometheus)");
  const Served served;
  served.post("/v1/score", read_text(example_paths().front()));
  const TemporaryDir dir;
  write_file(dir / "metrics", served.get("/metrics").body);
  const Finished checked = run("promtool check metrics < '" + dir / "metrics'");
  INFO(checked.errors << checked.output);
  CHECK(checked.exit_code == 0);
  CHECK((checked.output + checked.errors).empty());
}

TEST_CASE("given KServe's JSON, pictures in Base64 are scored") {
  const Served served;
  CHECK(served.get("/v2").json()["name"] == "fliqe");
  CHECK(served.get("/v2/health/live").json()["live"] == true);
  CHECK(served.get("/v2/health/ready").json()["ready"] == true);
  CHECK(served.get("/v2/models/fliqe/ready").status == 200);
  CHECK(served.get("/v2/models/fliqe").json()["inputs"][0]["datatype"] == "BYTES");
  CHECK(served.get("/v2/models/other").status == 404);
  // A grey 2x2 PGM.
  const nlohmann::json input{{"name", "image"},
                             {"shape", {2}},
                             {"datatype", "BYTES"},
                             {"data", {"UDUgMiAyIDI1NQoBAgME", "UDUgMiAyIDI1NQr///8A"}}};
  const nlohmann::json body{{"id", "7"},
                            {"inputs", {input}},
                            {"outputs", {{{"name", "embedding"}}, {{"name", "quality"}}}}};
  const Answer answer = served.post("/v2/models/fliqe/infer", body.dump());
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  const auto json = answer.json();
  CHECK(json["id"] == "7");
  CHECK(json["outputs"][0]["shape"] == std::vector<int>{2, 128});
  CHECK(json["outputs"][0]["data"].size() == 256);
  const std::string pgm = "P5 2 2 255\n\x01\x02\x03\x04";
  CHECK(json["outputs"][1]["data"][0].get<double>() ==
        Approx(served.post("/v1/score", pgm).json()["quality"].get<double>()).epsilon(1e-8));
}

TEST_CASE("given KServe's binary extension, bytes come and go beside the JSON") {
  const Served served;
  const std::string first = read_text(example_paths()[0]), second = read_text(example_paths()[1]);
  const std::string data = with_length(first) + with_length(second);
  const nlohmann::json json{
      {"inputs",
       {{{"name", "image"},
         {"shape", {2, 1}},
         {"datatype", "BYTES"},
         {"parameters", {{"binary_data_size", data.size()}}}}}},
      {"outputs", {{{"name", "quality"}, {"parameters", {{"binary_data", true}}}}}}};
  const std::string head = json.dump();
  const Answer answer =
      served.post("/v2/models/fliqe/infer", head + data,
                  {{"Inference-Header-Content-Length", std::to_string(head.size())}});
  REQUIRE(answer.status == 200);
  const std::size_t length = std::stoul(answer.headers.at("Inference-Header-Content-Length"));
  REQUIRE(answer.body.size() == length + 2 * sizeof(double));
  for (std::size_t i = 0; i < 2; ++i) {
    double quality = 0;
    std::memcpy(&quality, answer.body.data() + length + i * sizeof(double), sizeof(double));
    CHECK(rounded9(quality) == program_entry(example_paths()[i])["quality"].get<double>());
  }
}

TEST_CASE("given a wrong KServe request, the answer says what is wrong") {
  const Served served;
  const auto error = [&](const std::string& body, const Headers& headers = {}) {
    const Answer answer = served.post("/v2/models/fliqe/infer", body, headers);
    CHECK(answer.status == 400);
    return answer.json()["error"].get<std::string>();
  };
  using Catch::Contains;
  const auto with = [](const std::string& input) { return R"({"inputs":[)" + input + "]}"; };
  CHECK_THAT(error("{"), Contains("expected JSON"));
  CHECK_THAT(error("{}"), Contains("inputs"));
  CHECK_THAT(error(with(R"({"name":"x","shape":[1],"datatype":"BYTES","data":[""]})")),
             Contains("'image'"));
  CHECK_THAT(error(with(R"({"name":"image","shape":[1],"datatype":"FP32","data":[1]})")),
             Contains("BYTES"));
  CHECK_THAT(error(with(R"({"name":"image","shape":[1],"datatype":"BYTES","data":["?"]})")),
             Contains("Base64"));
  CHECK_THAT(error(with(R"({"name":"image","shape":[2],"datatype":"BYTES","data":["AAAA"]})")),
             Contains("shape"));
  CHECK_THAT(error(with(R"({"name":"image","shape":[1],"datatype":"BYTES","data":["AAAA"]})")),
             Contains("image[0]"));
  CHECK_THAT(error(R"({"inputs":[],"outputs":[{"name":"mood"}]})"), Contains("mood"));
  CHECK_THAT(error("{}", {{"Inference-Header-Content-Length", "3"}}), Contains("within the body"));
  const std::string head = with(
      R"({"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}})");
  CHECK_THAT(error(head + std::string("\xff\xff\xff\xff\x01", 5),
                   {{"Inference-Header-Content-Length", std::to_string(head.size())}}),
             Contains("longer than the data"));
}

TEST_CASE("given an address that others reach, the program refuses to listen without a token") {
  const Finished open = test::fliqe("serve --listen 0.0.0.0:0");
  CHECK(open.exit_code == 2);
  CHECK_THAT(open.errors, Catch::Contains("--token-file"));
  CHECK(test::fliqe("serve --listen nonsense").exit_code == 2);
  CHECK_THAT(test::fliqe("serve --client-ca x").errors, Catch::Contains("--cert"));
  CHECK_THAT(test::fliqe("serve --token-file /nonexistent").errors,
             Catch::Contains("/nonexistent"));
}

TEST_CASE("given SIGTERM, the program finishes and ends with 0") {
  const Finished done = run("timeout -s TERM -k 60 " + std::string(slowed ? "20" : "2") +
                            " '" FLIQE_PROGRAM "' serve --listen 127.0.0.1:0; test $? = 124");
  INFO(done.errors);
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.errors, Catch::Contains("listening on http://127.0.0.1:"));
}
