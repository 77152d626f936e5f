// Requests to an app and its answers: what HTTP allows between a browser and an app arrives as it was sent.
#include "features/apps/carry_test.hpp"

#include <future>

namespace slipway::test {
namespace {

TEST(AppWay, AnswersWithoutABodyKeepTheirFieldsAndTheConnection) {
  RawApp app([](RawSocket& socket) {
    for (const auto* answer :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 5\r\n\r\n",
          "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
          "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/5\r\nContent-Length: 2\r\n\r\nel"}) {
      if (socket.read_until("\r\n\r\n").empty()) return;
      socket.send(answer);
    }
  });
  Way way(app.url());

  const auto all = way.raw(way.head("HEAD /a HTTP/1.1") + way.head("GET /b HTTP/1.1", "If-None-Match: \"e\"\r\n") + way.head("GET /c HTTP/1.1") +
                           way.head("GET /d HTTP/1.1", "Range: bytes=1-2\r\nConnection: close\r\n"));

  EXPECT_EQ(times(all, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), 1) << all;
  EXPECT_EQ(times(all, "HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 5\r\n"), 1) << all;
  EXPECT_EQ(times(all, "HTTP/1.1 204 No Content\r\n"), 1) << all;
  EXPECT_EQ(times(all, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/5\r\n"), 1) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\nel")) << all;
  EXPECT_EQ(app.connections(), 1);
}

TEST(AppWay, TrailersAndHintsPassBothWays) {
  std::promise<std::string> seen;
  RawApp app([&seen](RawSocket& socket) {
    seen.set_value(socket.read_until("0\r\nDigest: of-request\r\n\r\n"));
    socket.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    socket.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Grpc-Status\r\n\r\n2\r\nok\r\n0\r\nGrpc-Status: 0\r\nSet-Cookie: a=1\r\n\r\n");
  });
  Way way(app.url());

  const auto all = way.raw(way.head("POST / HTTP/1.1", "TE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n") +
                           "2\r\nhi\r\n0\r\nDigest: of-request\r\n\r\n");

  EXPECT_TRUE(all.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")) << all;
  EXPECT_NE(all.find("Trailer: Grpc-Status\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("2\r\nok\r\n0\r\nGrpc-Status: 0\r\n\r\n")) << all;
  EXPECT_NE(seen.get_future().get().find("TE: trailers\r\n"), std::string::npos);
}

TEST(AppWay, ABodyThatIsAnnouncedWaitsUntilTheAppWantsIt) {
  RawApp app([](RawSocket& socket) {
    const auto head = socket.read_until("\r\n\r\n");
    if (head.find("Expect: 100-continue\r\n") == head.npos || !head.ends_with("\r\n\r\n")) return;
    socket.send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!socket.read_until("body").empty()) socket.send(kOk);
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("PUT / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(browser.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  browser.send("body");

  EXPECT_TRUE(browser.read_until("ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(AppWay, ARefusalComesBeforeTheBodyIsAskedFor) {
  RawApp app(saying("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));
  Way way(app.url());

  const auto all = way.raw(way.head("PUT / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n"));

  EXPECT_TRUE(all.starts_with("HTTP/1.1 413 ")) << all;
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos) << all;
}

TEST(AppWay, AnAppThatKnowsNothingOfExpectGetsTheBodyAllTheSame) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("body");
    socket.send(kOk);
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("PUT / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(browser.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  browser.send("body");

  EXPECT_TRUE(browser.read_until("ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(AppWay, AnEarlyAnswerComesWhileTheBodyIsStillOnItsWay) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nConnection: close\r\n\r\nenough");
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "5\r\nbegun\r\n");

  EXPECT_TRUE(browser.read_until("enough").starts_with("HTTP/1.1 403 Forbidden\r\n"));
}

TEST(AppWay, HalfABodyIsNeverAWholeOne) {
  std::promise<std::string> seen;
  RawApp app([&seen](RawSocket& socket) {
    std::string all;
    for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) all += piece;
    seen.set_value(all);
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "5\r\nbegun\r\n");
  browser.end_sending();

  const auto all = seen.get_future().get();
  EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos) << all;
}

TEST(AppWay, HalfAnAnswerIsNeverAWholeOne) {
  for (const auto* answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    RawApp app([answer](RawSocket& socket) {
      socket.read_until("\r\n\r\n");
      socket.send(answer);
    });
    Way way(app.url());

    const auto all = way.get("/");

    EXPECT_NE(all.find("half"), std::string::npos) << all;
    EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos) << all;
    EXPECT_EQ(times(all, "Content-Length: 10\r\n") + times(all, "Transfer-Encoding: chunked\r\n"), 1) << all;
  }
}

TEST(AppWay, AppsAndBrowsersOfTheOldVersionAreServed) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end");
  });
  Way way(app.url());

  const auto now = way.get("/"), then = way.raw(way.head("GET / HTTP/1.0"));

  EXPECT_NE(now.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << now;
  EXPECT_TRUE(now.ends_with("\r\n0\r\n\r\n")) << now;
  EXPECT_EQ(then.find("chunked"), std::string::npos) << then;
  EXPECT_TRUE(then.ends_with("\r\n\r\nuntil the end")) << then;
}

TEST(AppWay, ASmallAnswerInChunksHasItsLength) {
  RawApp app(saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"));
  Way way(app.url());

  const auto all = way.raw(way.head("GET /a HTTP/1.1") + way.head("GET /b HTTP/1.1", "Connection: close\r\n"));

  EXPECT_EQ(times(all, "Content-Length: 2\r\n") + times(all, "Transfer-Encoding: chunked\r\n"), 2) << all;
  EXPECT_EQ(times(all, "\nok"), 2) << all;
  EXPECT_EQ(app.connections(), 1);
}

TEST(AppWay, AnEventComesBeforeTheNextIsSent) {
  std::promise<void> read;
  RawApp app([seen = read.get_future().share()](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    socket.send("data: one\n\n");
    seen.wait();
    socket.send("data: two\n\n");
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("GET / HTTP/1.1", "Accept: text/event-stream\r\n"));
  const auto first = browser.read_until("one\n\n");
  read.set_value();

  EXPECT_EQ(first.find("two"), std::string::npos);
  EXPECT_NE(browser.read_until("two").find("data: two"), std::string::npos);
}

TEST(AppWay, AConnectionIsKeptForWhatCanBeAskedTwice) {
  RawApp app(saying(kOk));
  Way way(app.url());

  const auto last = way.head("GET /c HTTP/1.1", "Connection: close\r\n");

  EXPECT_EQ(times(way.raw(way.head("GET /a HTTP/1.1") + way.head("GET /b HTTP/1.1") + last), "\r\n\r\nok"), 3);
  EXPECT_EQ(app.connections(), 1);
  const int before = app.connections();
  EXPECT_EQ(times(way.raw(way.head("POST /a HTTP/1.1") + way.head("POST /b HTTP/1.1") + last), "\r\n\r\nok"), 3);
  EXPECT_EQ(app.connections(), before + 2);
}

TEST(AppWay, AKeptConnectionThatTheAppHasClosedIsMadeAnew) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send(kOk);
  });
  Way way(app.url());

  const auto all = way.raw(way.head("GET /a HTTP/1.1") + way.head("GET /b HTTP/1.1") + way.head("GET /c HTTP/1.1", "Connection: close\r\n"));

  EXPECT_EQ(times(all, "\r\n\r\nok"), 3) << all;
  EXPECT_EQ(app.connections(), 3);
}

TEST(AppWay, AKeptConnectionThatTheAppGivesUpByAnAnswerIsMadeAnew) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send(kOk);
    if (!socket.read_until("\r\n\r\n").empty()) socket.send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  Way way(app.url());

  const auto all = way.raw(way.head("GET /a HTTP/1.1") + way.head("GET /b HTTP/1.1", "Connection: close\r\n"));

  EXPECT_EQ(times(all, "\r\n\r\nok"), 2) << all;
  EXPECT_EQ(app.connections(), 2);
}

TEST(AppWay, WhatIsLeftOfAnAnswerIsNobodysAnswer) {
  RawApp app(saying(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"));
  Way way(app.url());

  const auto all = way.raw(way.head("GET /a HTTP/1.1") + way.head("GET /b HTTP/1.1") + way.head("GET /c HTTP/1.1", "Connection: close\r\n"));

  EXPECT_EQ(times(all, "\r\n\r\nok"), 3) << all;
  EXPECT_EQ(all.find("stolen"), std::string::npos) << all;
}

TEST(AppWay, AnAnswerWithTwoReadingsIsNone) {
  for (const auto* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
                             "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b=1\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
                             "no HTTP at all\r\n\r\n"}) {
    RawApp app(saying(answer));
    Way way(app.url());

    const auto all = way.get("/");

    EXPECT_TRUE(all.starts_with("HTTP/1.1 502 ")) << answer << all;
    EXPECT_NE(all.find("Failed to proxy request to application: "), std::string::npos) << all;
  }
}

TEST(AppWay, TheAppsDefaultQueryIsForItsFirstPageAlone) {
  RawApp app(saying(kOk));
  Way way(app.url("/?folder=/home"));

  const auto bare = way.get("/"), asked = way.get("/?x=1"), deeper = way.get("/deeper/");

  EXPECT_TRUE(bare.starts_with("HTTP/1.1 307 ")) << bare;
  EXPECT_NE(bare.find("Location: /?folder=/home\r\n"), std::string::npos) << bare;
  EXPECT_TRUE(asked.starts_with("HTTP/1.1 200 ")) << asked;
  EXPECT_TRUE(deeper.starts_with("HTTP/1.1 200 ")) << deeper;
}

}  // namespace
}  // namespace slipway::test
