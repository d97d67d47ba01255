// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <chrono>
#include <fliqe/base/error.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "http/multipart.hpp"
#include "http/server.hpp"
#include "io/base64.hpp"
#include "serve/http_client.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;

namespace {

HttpResponse text(std::string body) {
  return {200, std::move(body), "text/plain"};
}

/// Routes that echo, fail, answer late and stream.
struct Handlers {
  Router router() {
    Router router;
    router.add({"POST", "/echo", [](HttpRequest&& request, const Reply& reply) {
                  reply->respond(text(request.body));
                }});
    router.add({"GET", "/name/{name}", [](HttpRequest&& request, const Reply& reply) {
                  reply->respond(
                      text(request.parameters.at("name") + "," + request.value("x").value_or("-")));
                }});
    router.add({"GET", "/fails",
                [](HttpRequest&&, const Reply&) -> void { throw std::runtime_error("no luck"); }});
    router.add({"GET", "/late", [this](HttpRequest&&, const Reply& reply) {
                  late = std::async(std::launch::async, [reply] {
                    std::this_thread::sleep_for(std::chrono::milliseconds(200));
                    reply->respond(text("late"));
                  });
                }});
    router.add({"GET", "/stream", [this](HttpRequest&&, const Reply& reply) {
                  streams.set_value(reply->stream({200, {}, "text/event-stream"}));
                }});
    router.add({"GET", "/public",
                [](HttpRequest&&, const Reply& reply) { reply->respond(text("public")); }, true});
    return router;
  }

  std::future<void> late;
  std::promise<std::shared_ptr<ResponseStream>> streams;
};

/// Options with short times and a free port.
HttpOptions quick() {
  HttpOptions options;
  options.port = 0;
  options.limits.read_seconds = 0.5;
  return options;
}

}  // namespace

TEST_CASE("given text with escapes, it is decoded, or refused when malformed") {
  CHECK(percent_decoded("a%20b+c") == "a b+c");
  CHECK(percent_decoded("a%20b+c", true) == "a b c");
  for (const char* wrong : {"%", "%2", "%zz", "%-1", "%00"}) CHECK_FALSE(percent_decoded(wrong));
  const auto query = parse_query("/p?a=1&b=%C3%A9&c&=x");
  REQUIRE(query.has_value());
  CHECK(*query == HttpFields{{"a", "1"}, {"b", "\xc3\xa9"}, {"c", ""}, {"", "x"}});
  CHECK_FALSE(parse_query("/p?a=%"));
  CHECK(parse_query("/p")->empty());
}

TEST_CASE("given Base64, bytes come back; anything else is refused") {
  CHECK(base64_decoded("") == "");
  CHECK(base64_decoded("Zm9vYmFy") == "foobar");
  CHECK(base64_decoded("Zm9vYg==") == "foob");
  CHECK(base64_decoded("AAE=") == std::string("\0\1", 2));
  for (const char* wrong :
       {"Zm9", "Zm9v=mFy", "Zm9vYg=a", "====", " Zm9vYmF", "Zm9v\nmFy", "Zm9*"}) {
    CHECK_FALSE(base64_decoded(wrong));
  }
}

TEST_CASE("given a form, its parts are found; a malformed one is refused") {
  const std::string boundary = multipart_boundary("multipart/form-data; boundary=\"x y\"");
  CHECK(boundary == "x y");
  CHECK(multipart_boundary("Multipart/Form-Data; charset=a; boundary=b") == "b");
  CHECK(multipart_boundary("application/json").empty());
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"..\\dir/p.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\nbytes\r\n--not b\r\n\r\n--b\r\n"
      "content-disposition: form-data; name=c\r\n\r\n\r\n--b--\r\n";
  const auto parts = parse_multipart(body, "b");
  REQUIRE(parts.has_value());
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[0].name == "a");
  CHECK((*parts)[0].file == "p.jpg");
  CHECK((*parts)[0].content == "bytes\r\n--not b\r\n");
  CHECK((*parts)[1].name == "c");
  CHECK((*parts)[1].content.empty());
  // However it is cut off, nothing is read beyond its end.
  for (std::size_t size = 0; size + 4 < body.size(); ++size) {
    CHECK_FALSE(parse_multipart(body.substr(0, size), "b"));
  }
  CHECK_FALSE(parse_multipart("--b\r\nContent-Type: x\r\n\r\nno name\r\n--b--\r\n", "b"));
}

TEST_CASE("given a server, each request gets the answer of its route") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  const std::uint16_t port = server.port();
  CHECK(request(port, "POST", "/echo", "hello").body == "hello");
  CHECK(request(port, "GET", "/name/a%2Fb?x=1+2").body == "a/b,1 2");
  CHECK(request(port, "GET", "/late").body == "late");
  const Answer head = request(port, "HEAD", "/public");
  CHECK(head.status == 200);
  CHECK(head.headers.at("Content-Length") == "6");
  CHECK(request(port, "GET", "/nothing").status == 404);
  CHECK(request(port, "GET", "/name/").status == 404);
  const Answer wrong_method = request(port, "PUT", "/echo", "x");
  CHECK(wrong_method.status == 405);
  CHECK(wrong_method.headers.at("Allow") == "POST");
  CHECK(request(port, "GET", "/name/a?x=%").status == 400);
  const Answer failed = request(port, "GET", "/fails");
  CHECK(failed.status == 500);
  CHECK(failed.json()["error"]["message"] == "no luck");
}

TEST_CASE("given one connection, requests follow each other on it") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  ClientSocket socket(server.port());
  for (const char* body : {"first", "second"}) {
    socket.send(request_text("POST", "/echo", body));
    CHECK(read_answer(socket).body == body);
  }
  socket.send(request_text("GET", "/nothing"));
  CHECK(read_answer(socket).status == 404);
  socket.send(request_text("POST", "/echo", "a") + request_text("POST", "/echo", "b"));
  CHECK(read_answer(socket).body.front() == 'a');
}

TEST_CASE("given a body in chunks or one that waits for 100 Continue, it is read") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  ClientSocket chunked(server.port());
  chunked.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(read_answer(chunked).body == "abcde");
  ClientSocket patient(server.port());
  patient.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 3\r\n\r\n");
  CHECK(patient.receive_until("\r\n\r\n").starts_with("HTTP/1.1 100 Continue"));
  patient.send("abc");
  CHECK(read_answer(patient).body == "abc");
}

TEST_CASE("given requests beyond the limits, they are refused by status and the server goes on") {
  Handlers handlers;
  HttpOptions options = quick();
  options.limits.body = 1000;
  options.limits.all_bodies = 1500;
  HttpServer server(options, handlers.router());
  const std::uint16_t port = server.port();
  CHECK(request(port, "POST", "/echo", std::string(1000, 'a')).status == 200);
  CHECK(request(port, "POST", "/echo", std::string(1001, 'a')).status == 413);
  CHECK(request(port, "GET", "/public", {}, {{"X", std::string(9000, 'a')}}).status == 431);
  ClientSocket chunked(port);
  chunked.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "500\r\n" +
      std::string(0x500, 'a') + "\r\n0\r\n\r\n");
  CHECK(read_answer(chunked).status == 413);
  ClientSocket slow(port);
  slow.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Answer overloaded = request(port, "POST", "/echo", std::string(900, 'a'));
  CHECK(overloaded.status == 429);
  CHECK(overloaded.headers.at("Retry-After") == "1");
  CHECK(slow.receive().empty());  // it took too long
  CHECK(request(port, "POST", "/echo", std::string(900, 'a')).status == 200);
}

TEST_CASE("given what is no HTTP, the server says so or closes, and goes on") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  for (const char* nonsense :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    ClientSocket socket(server.port());
    socket.send(nonsense);
    const Answer answer = read_answer(socket);
    INFO(nonsense);
    CHECK((answer.status == 400 || answer.status == 0));
  }
  CHECK(request(server.port(), "GET", "/public").status == 200);
}

TEST_CASE("given more connections than allowed, those that wait longest make room") {
  Handlers handlers;
  HttpOptions options = quick();
  options.limits.connections = 8;
  options.limits.read_seconds = 60;
  HttpServer server(options, handlers.router());
  std::vector<std::unique_ptr<ClientSocket>> lazy;
  for (int i = 0; i < 50; ++i) {
    lazy.push_back(std::make_unique<ClientSocket>(server.port()));
    lazy.back()->send("GET /public HT");
  }
  const auto began = std::chrono::steady_clock::now();
  CHECK(request(server.port(), "GET", "/public").status == 200);
  if (!slowed) CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(500));
  CHECK(lazy.front()->receive().empty());
}

TEST_CASE("given tokens, only who shows one is answered, but for what is public") {
  Handlers handlers;
  HttpOptions options = quick();
  const TemporaryDir dir;
  write_file(dir / "tokens", "# for the gate\n\n0123456789abcdef\n  another-long-token\r\n");
  options.access = Access::from_file(dir / "tokens");
  HttpServer server(options, handlers.router());
  const auto status = [&](const std::string& authorization) {
    return request(server.port(), "POST", "/echo", "x", {{"Authorization", authorization}}).status;
  };
  CHECK(request(server.port(), "GET", "/public").status == 200);
  const Answer unknown = request(server.port(), "POST", "/echo", "x");
  CHECK(unknown.status == 401);
  CHECK(unknown.headers.at("WWW-Authenticate").starts_with("Basic"));
  CHECK(status("Bearer 0123456789abcdef") == 200);
  CHECK(status("bearer another-long-token") == 200);
  CHECK(status("Basic OjAxMjM0NTY3ODlhYmNkZWY=") == 200);
  for (const char* wrong : {"Bearer", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
                            "Basic 0123456789abcdef", "Basic ====", "0123456789abcdef"}) {
    CHECK(status(wrong) == 401);
  }
  CHECK_THROWS_WITH(Access({"short"}), Catch::Contains("at least 16 characters"));
  write_file(dir / "none", "# nothing\n");
  CHECK_THROWS_WITH(Access::from_file(dir / "none"), Catch::Contains("expected a token"));
}

TEST_CASE("given a page of another origin or another name for this machine, nothing is done") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  const auto echo = [&](const Headers& headers) {
    return request(server.port(), "POST", "/echo", "x", headers).status;
  };
  const std::string here = "127.0.0.1:" + std::to_string(server.port());
  CHECK(echo({{"Host", here}, {"Origin", "http://" + here}}) == 200);
  CHECK(echo({{"Host", here}, {"Origin", "http://evil.example"}}) == 403);
  CHECK(echo({{"Host", here}, {"Origin", "null"}}) == 403);
  for (const char* name :
       {"evil.example", "127.evil.example", "localhost.evil.example", "127.0.0.1.nip.io"}) {
    CHECK(echo({{"Host", name}}) == 403);
  }
  for (const char* name : {"localhost", "localhost:8000", "[::1]:8000", "127.0.0.2"}) {
    CHECK(echo({{"Host", name}}) == 200);
  }
}

TEST_CASE("given a stream, parts arrive as they are sent, until either side ends it") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  ClientSocket socket(server.port());
  socket.send(request_text("GET", "/stream"));
  const auto stream = handlers.streams.get_future().get();
  CHECK(stream->send(std::make_shared<const std::string>("one")));
  CHECK(socket.receive_until("one").find("text/event-stream") != std::string::npos);
  CHECK(stream->send(std::make_shared<const std::string>("two")));
  CHECK(socket.receive_until("two") == "two");
  stream->close();
  CHECK(socket.receive().empty());
}

TEST_CASE("given a client that does not read its stream, it is cut off and the server goes on") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  ClientSocket socket(server.port());
  socket.send(request_text("GET", "/stream"));
  const auto stream = handlers.streams.get_future().get();
  const auto part = std::make_shared<const std::string>(64 << 10, 'x');
  int sent = 0;
  while (sent < 10000 && stream->send(part)) {
    if (++sent % 16 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(sent < 10000);
  CHECK(request(server.port(), "GET", "/public").status == 200);
}

TEST_CASE("given a server that stops, what runs is answered and nothing new is taken") {
  Handlers handlers;
  HttpServer server(quick(), handlers.router());
  ClientSocket idle(server.port()), running(server.port());
  running.send(request_text("GET", "/late"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.stop(10);
  CHECK(read_answer(running).body == "late");
  CHECK(idle.receive().empty());
  CHECK_THROWS(ClientSocket(server.port()));
}

TEST_CASE("given an address that is taken or no address, the error names it") {
  Handlers handlers;
  HttpOptions options = quick();
  HttpServer server(options, handlers.router());
  options.port = server.port();
  CHECK_THROWS_WITH(
      HttpServer(options, {}),
      Catch::Contains("127.0.0.1:" + std::to_string(server.port()) + ": cannot listen"));
  options.address = "no.such.host.invalid";
  CHECK_THROWS_WITH(HttpServer(options, {}), Catch::Contains("no.such.host.invalid"));
  HttpOptions parsed;
  parse_listen_address("[::1]:81", parsed);
  CHECK(parsed.address == "::1");
  CHECK(parsed.port == 81);
  CHECK(names_loopback(parsed.address));
  parse_listen_address("82", parsed);
  CHECK(parsed.port == 82);
  for (const char* wrong : {"", "x", "host:", "host:70000", "host:8x", "[]:80"}) {
    CHECK_THROWS_AS(parse_listen_address(wrong, parsed), Error);
  }
}

TEST_CASE("given certificates, the server speaks TLS and asks clients for theirs", "[curl]") {
  if (!has_program("curl") || !has_program("openssl")) return skip("no curl or openssl");
  const TemporaryDir dir;
  const auto certificate = [&](const std::string& name) {
    return run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
               "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout '" +
               dir / (name + ".key") + "' -out '" + dir / (name + ".pem") + "'")
        .exit_code;
  };
  REQUIRE(certificate("server") == 0);
  REQUIRE(certificate("client") == 0);
  Handlers handlers;
  HttpOptions options = quick();
  options.limits.read_seconds = 10;
  options.tls = {dir / "server.pem", dir / "server.key", dir / "client.pem"};
  HttpServer server(options, handlers.router());
  const std::string curl = "curl -sS --cacert '" + dir / "server.pem" + "' ";
  const std::string url = " https://localhost:" + std::to_string(server.port()) + "/public";
  CHECK(run(curl + "--cert '" + dir / "client.pem" + "' --key '" + dir / "client.key'" + url)
            .output == "public");
  CHECK(run(curl + url).exit_code != 0);
  CHECK(run("curl -sS http://localhost:" + std::to_string(server.port()) + "/public").exit_code !=
        0);
  options.tls.key = dir / "none.key";
  CHECK_THROWS_WITH(HttpServer(options, {}), Catch::Contains("none.key"));
}
