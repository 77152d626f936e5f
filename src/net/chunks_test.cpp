#include "net/chunks.hpp"

#include <gtest/gtest.h>

#include <array>

namespace slipway::net {
namespace {

struct Decoded {
  bool good = true, done = false;
  std::string body, rest;
};

// As the bytes come in slices of `slice`, into a buffer of `room`.
Decoded decode(Chunks& chunks, std::string_view bytes, std::size_t slice, std::size_t room) {
  Decoded out;
  std::string pending, into(room, '\0');
  while (!out.done) {
    const auto step = chunks.decode(pending, into);
    if (!step) {
      out.good = false;
      break;
    }
    out.body.append(into, 0, step->produced);
    pending.erase(0, step->consumed);
    out.done = step->done;
    if (step->consumed > 0 || out.done) continue;
    if (bytes.empty()) break;
    pending += bytes.substr(0, slice);
    bytes.remove_prefix(std::min(slice, bytes.size()));
  }
  out.rest = pending + std::string(bytes);
  return out;
}

TEST(NetChunks, AreReadAlikeHoweverTheyAreSliced) {
  const std::string_view bytes = "5\r\nhello\r\n0a;name=\"va;lue\"\r\n0123456789\r\n000\r\nDigest: d\r\nX-Mine:\t1 \r\n\r\nNEXT";
  for (const std::size_t slice : {1U, 2U, 3U, 7U, 100U})
    for (const std::size_t room : {1U, 4U, 100U}) {
      Chunks chunks;

      const auto out = decode(chunks, bytes, slice, room);

      EXPECT_TRUE(out.good && out.done) << slice << " " << room;
      EXPECT_EQ(out.body, "hello0123456789");
      EXPECT_EQ(out.rest, "NEXT");
      EXPECT_EQ(chunks.trailers().wire(), "Digest: d\r\nX-Mine: 1\r\n");
    }
}

TEST(NetChunks, HaveOneReadingOrNone) {
  const std::array<std::string_view, 26> all = {"zz\r\n",
                                                "\r\n",
                                                " 5\r\nhello\r\n",
                                                "5 \r\nhello\r\n",
                                                "5\t;a\r\nhello\r\n",
                                                "0x5\r\nhello\r\n",
                                                "+5\r\nhello\r\n",
                                                "-5\r\nhello\r\n",
                                                "5_\r\nhello\r\n",
                                                "fffffffffffffffff\r\n",
                                                "0000000000000005\r\nhello\r\n",
                                                "5\nhello\r\n",
                                                "5\rhello\r\n",
                                                "5;a\nb\r\nhello\r\n",
                                                "5;a\rb\r\nhello\r\n",
                                                std::string_view("5;a\0b\r\nhello\r\n", 14),
                                                "5\r\nhello\n",
                                                "5\r\nhelloX\r\n",
                                                "5\r\nhello\r\r\n",
                                                "5\r\nhello0\r\n\r\n",
                                                "0\r\nno colon\r\n\r\n",
                                                "0\r\nName : v\r\n\r\n",
                                                "0\r\n: v\r\n\r\n",
                                                "0\r\nA: b\n\r\n",
                                                "0\r\nA: b\r\n c\r\n\r\n",
                                                "0\r\nA: b\rContent-Length: 5\r\n\r\n"};
  for (const auto bytes : all) {
    Chunks chunks;
    EXPECT_FALSE(decode(chunks, bytes, 100, 100).good) << testing::PrintToString(std::string(bytes));
  }
}

TEST(NetChunks, NeitherLinesNorTrailersGoOnForEver) {
  Chunks line, trailers;
  std::string many = "0\r\n";
  for (int i = 0; i < 40; ++i) many += "A: b\r\n";

  EXPECT_FALSE(decode(line, "5;" + std::string(5000, 'x'), 100000, 10).good);
  EXPECT_FALSE(decode(trailers, many, 100000, 10).good);
}

}  // namespace
}  // namespace slipway::net
