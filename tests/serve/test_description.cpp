// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/version.hpp>
#include <set>
#include <string>

#include "serve/served.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

/// "GET /v1/streams/{name}" and so on.
std::set<std::string> described(const nlohmann::json& document) {
  std::set<std::string> operations;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method == "parameters") continue;
      std::string name = method;
      for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
      operations.insert(name + " " + path);
    }
  }
  return operations;
}

std::set<std::string> served_operations(const Served& served) {
  std::set<std::string> operations;
  for (const Route& route : served.routes()) operations.insert(route.method + " " + route.pattern);
  return operations;
}

void for_each_operation(const nlohmann::json& document, const auto& action) {
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method != "parameters") action(path, operation);
    }
  }
}

void for_each_reference(const nlohmann::json& value, const auto& action) {
  if (value.is_object() && value.contains("$ref")) action(value["$ref"].get<std::string>());
  for (const auto& each : value) {
    if (each.is_structured()) for_each_reference(each, action);
  }
}

}  // namespace

TEST_CASE("given the description, it has each route of the service and no other") {
  const Served served;
  const Answer answer = served.get("/openapi.json");
  REQUIRE(answer.status == 200);
  const nlohmann::json document = answer.json();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["info"]["version"] == version);
  CHECK(answer.body.find('@') == std::string::npos);
  CHECK(described(document) == served_operations(served));
}

TEST_CASE("given the description, what is open to all is what routes say") {
  const Served served;
  const nlohmann::json document = served.get("/openapi.json").json();
  for (const Route& route : served.routes()) {
    INFO(route.method << " " << route.pattern);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const nlohmann::json operation = document["paths"][route.pattern][method];
    CHECK(operation.contains("security") == route.is_public);
    CHECK(operation["responses"].contains("401") == !route.is_public);
  }
}

TEST_CASE("given the description, references lead somewhere, names are unique and parts are used") {
  const Served served;
  const nlohmann::json document = served.get("/openapi.json").json();
  std::set<std::string> used, names;
  for_each_reference(document, [&](const std::string& reference) {
    INFO(reference);
    CHECK(document.contains(nlohmann::json::json_pointer(reference.substr(1))));
    used.insert(reference);
  });
  for (const auto& [kind, parts] : document["components"].items()) {
    if (kind == "securitySchemes") continue;
    for (const auto& [name, part] : parts.items()) {
      INFO(kind << " " << name);
      CHECK(used.contains("#/components/" + kind + "/" + name));
    }
  }
  for_each_operation(document, [&](const std::string& path, const nlohmann::json& operation) {
    INFO(path);
    CHECK(names.insert(operation["operationId"].get<std::string>()).second);
    for (const auto& [status, response] : operation["responses"].items()) CHECK(status.size() == 3);
  });
}

TEST_CASE("given answers, their members are those that the description names") {
  const Served served;
  const nlohmann::json schemas = served.get("/openapi.json").json()["components"]["schemas"];
  const auto check = [&](const nlohmann::json& answer, const std::string& schema) {
    for (const auto& [name, value] : answer.items()) {
      INFO(schema << ": " << name);
      CHECK(schemas[schema]["properties"].contains(name));
    }
    for (const nlohmann::json& name : schemas[schema]["required"]) {
      INFO(schema << ": " << name);
      CHECK(answer.contains(name.get<std::string>()));
    }
  };
  check(served.post("/v1/score?embedding=1", "P5 2 2 255\n\x01\x02\x03\x04").json(), "Score");
  check(served.post("/v1/score", "x").json(), "Error");
  check(served.get("/v1/model").json(), "Model");
  check(served.get("/v2").json(), "KserveServer");
  check(served.get("/v2/models/fliqe").json(), "KserveModel");
  check(served.post("/v2/models/fliqe/infer", "{}").json(), "KserveError");
  check(served.post("/start", "{").json(), "OriginalProblems");
  check(served.post("/stop", "").json(), "OriginalDetail");
  const nlohmann::json stream =
      request(served.port(), "PUT", "/v1/streams/a", R"({"source":"rtsp://127.0.0.1:1/x"})").json();
  check(stream, "Stream");
}

TEST_CASE("given the description, the validator of the specification accepts it", "[openapi]") {
  if (run("python3 -c 'import openapi_spec_validator'").exit_code != 0) {
    return skip("no openapi-spec-validator (PyPI)");
  }
  const Served served;
  const TemporaryDir dir;
  write_file(dir / "openapi.json", served.get("/openapi.json").body);
  const Finished done = run("python3 -m openapi_spec_validator '" + dir / "openapi.json'");
  INFO(done.output << done.errors);
  CHECK(done.exit_code == 0);
}

TEST_CASE("given the page, it may run its own script and nothing else") {
  const Served served;
  const Answer page = served.get("/docs");
  REQUIRE(page.status == 200);
  CHECK(page.headers.at("Content-Type") == "text/html; charset=utf-8");
  const std::string policy = page.headers.at("Content-Security-Policy");
  CHECK_THAT(policy, Contains("default-src 'none'") && Contains("script-src 'sha256-") &&
                         Contains("style-src 'sha256-") && Contains("frame-ancestors 'none'"));
  CHECK_THAT(policy, !Contains("unsafe"));
  CHECK(page.body.find("//", page.body.find("<body>")) == std::string::npos);  // no address
}

TEST_CASE("given the page in a browser, it shows all operations", "[chromium]") {
  if (!has_program("chromium")) return skip("no chromium");
  const Served served;
  const TemporaryDir dir;
  const Finished done =
      run("timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir='" +
          dir /
              "profile' --virtual-time-budget=20000 --enable-logging=stderr --dump-dom "
              "http://127.0.0.1:" +
          std::to_string(served.port()) + "/docs");
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.errors, !Contains("Content Security Policy") && !Contains("Uncaught"));
  for (const Route& route : served.routes()) {
    INFO(route.pattern);
    CHECK_THAT(done.output, Contains("<code>" + route.pattern + "</code>"));
  }
}
