// What OpenSSH forwards besides ports: Unix sockets both ways, and the screen.
#include "agent/ssh_test_support.hpp"
#include "agent/ssh_x11.hpp"

#include <sys/un.h>

namespace slipway::agent {
namespace {

using namespace ssh_testing;

Task<std::string> round_trip(Result<StreamPtr> stream, std::string text) {
  if (!stream) co_return stream.error().say;
  (void)co_await (*stream)->write(text, {});
  (void)co_await (*stream)->shutdown_send();
  std::vector<char> buffer(10000);
  std::string back;
  while (true) {
    const auto count = co_await (*stream)->read_some(buffer);
    if (!count || *count == 0) break;
    back.append(buffer.data(), *count);
  }
  co_return back;
}

Task<bool> appears(const fs::path& path) {
  for (int i = 0; i < 1000 && !fs::exists(path); ++i) co_await aio::sleep(Milliseconds(10));
  co_return fs::exists(path);
}

TEST(SshForward, SocketsOfTheWorkspaceAreReached) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string here = rig.folder / "here", there = rig.folder / "work/there";
    rig.nursery.start(serve_echo, &rig.nursery, std::make_shared<Listener>(*Listener::at_path(rig.home, there)));
    auto client = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", {"-N", "-L", here + ":" + there, "me@127.0.0.1"})));
    EXPECT_TRUE(co_await appears(here));
    const std::string large = noise(1'000'000, 21);

    const auto back = co_await round_trip(connect_to_path(rig.home, here), large);

    EXPECT_TRUE(back == large) << back.size();
    co_await client->stop(SIGTERM);
  });
}

TEST(SshForward, SocketsThatAreNotThereAreRefused) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string here = rig.folder / "here";
    auto client = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", {"-N", "-L", here + ":/nowhere", "me@127.0.0.1"})));
    EXPECT_TRUE(co_await appears(here));

    EXPECT_EQ(co_await round_trip(connect_to_path(rig.home, here), "x"), "");
    co_await client->stop(SIGTERM);
  });
}

TEST(SshForward, SocketsOfTheClientAreReachedAndAStaleOneIsReplaced) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string local = rig.folder / "local", remote = rig.folder / "work/remote";
    rig.nursery.start(serve_echo, &rig.nursery, std::make_shared<Listener>(*Listener::at_path(rig.home, local)));
    {
      const Descriptor stale(::socket(AF_UNIX, SOCK_STREAM, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      remote.copy(address.sun_path, sizeof address.sun_path - 1);
      EXPECT_EQ(::bind(stale.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    auto client = aio::Process::start(
        rig.home, rig.process(rig.client("/usr/bin/ssh", {"-N", "-o", "ExitOnForwardFailure=yes", "-R", remote + ":" + local, "me@127.0.0.1"})));
    const std::string large = noise(1'000'000, 22);
    std::string back;
    for (int i = 0; i < 1000 && back != large; ++i) {
      auto reached = connect_to_path(rig.home, remote);
      if (reached) back = co_await round_trip(std::move(reached), large);
      co_await aio::sleep(Milliseconds(10));
    }

    EXPECT_TRUE(back == large) << back.size();
    EXPECT_EQ(fs::status(remote).permissions(), fs::perms(0600));
    co_await client->stop(SIGTERM);
    for (int i = 0; i < 500 && fs::exists(remote); ++i) co_await aio::sleep(Milliseconds(10));
    EXPECT_FALSE(fs::exists(remote));
  });
}

TEST(SshForward, AFileInTheWayOfASocketStays) {
  with_rig([](Rig& rig) -> Task<void> {
    write_file(rig.folder / "work/file", "mine");

    const auto got = co_await rig.run(rig.client(
        "/usr/bin/ssh", {"-o", "ExitOnForwardFailure=yes", "-R", (rig.folder / "work/file").string() + ":/nowhere", "me@127.0.0.1", "true"}));

    EXPECT_FALSE(got.exit.ok());
    EXPECT_EQ(read_file(rig.folder / "work/file"), "mine");
  });
}

TEST(X11, TheAuthorityFileHoldsTheCookie) {
  const auto file = authority(10, "MIT-MAGIC-COOKIE-1", "00ff10");

  ASSERT_TRUE(file);
  EXPECT_EQ(*file, std::string("\xff\xff\0\0\0\2"
                               "10\0\x12MIT-MAGIC-COOKIE-1\0\3\0\xff\x10",
                               33));
  EXPECT_FALSE(authority(10, "MIT-MAGIC-COOKIE-1", "0g"));
  EXPECT_FALSE(authority(10, "MIT-MAGIC-COOKIE-1", "000"));
  EXPECT_FALSE(authority(10, "MIT-MAGIC-COOKIE-1", ""));
}

// What a program of the workspace would do: it takes the cookie from the file and says hello to the display. The "screen"
// here sends back what it gets, which OpenSSH has checked and given its own cookie by then.
constexpr const char* kHello = R"(
import os, socket, struct
number = int(os.environ["DISPLAY"].split(":")[1].split(".")[0])
record, fields = open(os.environ["XAUTHORITY"], "rb").read()[2:], []
while record:
    size = struct.unpack(">H", record[:2])[0]
    fields.append(record[2:2 + size])
    record = record[2 + size:]
name, cookie = fields[2], fields[3]
pad = lambda text: text + b"\0" * (-len(text) % 4)
hello = b"l\0" + struct.pack("<HHHHH", 11, 0, len(name), len(cookie), 0) + pad(name) + pad(cookie)
with socket.create_connection(("localhost", 6000 + number)) as display:
    display.sendall(hello)
    back = b""
    while len(back) < len(hello) and (piece := display.recv(4096)):
        back += piece
print(number, back[:12] == hello[:12], len(back) == len(hello))
)";

TEST(SshForward, TheScreenOfTheClientIsReached) {
  with_rig([](Rig& rig) -> Task<void> {
    write_file(rig.folder / "work/hello.py", kHello);
    auto options = rig.process(rig.client("/usr/bin/ssh", {"-Y", "me@127.0.0.1", "python3 hello.py"}));
    options.environment.set("DISPLAY", fmt::format("127.0.0.1:{}", rig.echo_door->port() - 6000));

    const auto got = co_await aio::run(options);

    EXPECT_TRUE(got && got->output.ends_with(" True True\n")) << got->output << got->errors;
  });
}

}  // namespace
}  // namespace slipway::agent
