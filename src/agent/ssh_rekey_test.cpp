// Key exchanges in the midst of data: OpenSSH asks for one after a gigabyte, here after every one or two megabytes.
#include "agent/ssh_test_support.hpp"

namespace slipway::agent {
namespace {

using namespace ssh_testing;

constexpr std::size_t kMuch = 6'000'000;
const std::vector<std::string> kOften{"-o", "RekeyLimit=1M"};

std::vector<std::string> often(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kOften.begin(), kOften.end());
  return arguments;
}

TEST(SshRekey, ACommandsOutputInputAndErrorsArriveWhole) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string large = noise(kMuch, 11);

    const auto both = co_await rig.run(rig.client("/usr/bin/ssh", often({"me@127.0.0.1", "tee /dev/stderr; exit 7"})), large);

    EXPECT_TRUE(both.output == large);
    EXPECT_TRUE(both.errors == large);
    EXPECT_EQ(both.exit.code, 7);
  });
}

TEST(SshRekey, ATerminalGoesOnPrinting) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got = co_await rig.run(rig.client("/usr/bin/ssh", often({"-tt", "me@127.0.0.1", "stty -opost; head -c 3000000 /dev/zero; exit 3"})));

    EXPECT_EQ(std::ranges::count(got.output, '\0'), 3'000'000);
    EXPECT_EQ(got.exit.code, 3);
  });
}

TEST(SshRekey, FilesAreCopiedBothWaysAtOnce) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string up = noise(kMuch, 12), down = noise(kMuch, 13);
    write_file(rig.folder / "up", up);
    write_file(rig.folder / "work/down", down);
    auto one = [](Rig* r, std::vector<std::string> arguments, int* fine) -> Task<void> {
      const auto got = co_await r->run(r->client("/usr/bin/scp", often(std::move(arguments))));
      if (got.exit.ok()) ++*fine;
    };
    int fine = 0;
    aio::Nursery both(rig.home);

    both.start(one, &rig, std::vector<std::string>{rig.folder / "up", "me@127.0.0.1:up"}, &fine);
    both.start(one, &rig, std::vector<std::string>{"me@127.0.0.1:down", rig.folder / "down"}, &fine);
    both.start(one, &rig, std::vector<std::string>{"-O", "me@127.0.0.1:down", rig.folder / "old"}, &fine);
    while (both.size() > 0) co_await aio::sleep(Milliseconds(5));

    EXPECT_EQ(fine, 3);
    EXPECT_TRUE(read_file(rig.folder / "work/up") == up);
    EXPECT_TRUE(read_file(rig.folder / "down") == down);
    EXPECT_TRUE(read_file(rig.folder / "old") == down);
    co_await both.stop();
  });
}

TEST(SshRekey, ForwardedPortsCarryBothWays) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string large = noise(kMuch, 14);

    const auto got =
        co_await rig.run(rig.client("/usr/bin/ssh", often({"-W", fmt::format("localhost:{}", rig.echo_door->port()), "me@127.0.0.1"})), large);

    EXPECT_TRUE(got.output == large);
  });
}

// The connection is one, its channels are many: none is forgotten when the exchange is over.
TEST(SshRekey, SessionsOfOneConnectionAllGoOn) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string control = rig.folder / "ctl";
    auto master = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", often({"-M", "-N", "-S", control, "me@127.0.0.1"}))));
    for (int i = 0; i < 500 && !fs::exists(control); ++i) co_await aio::sleep(Milliseconds(10));
    auto one = [](Rig* r, std::string path, unsigned seed, int* right) -> Task<void> {
      const std::string text = noise(1'500'000, seed);
      const auto got = co_await r->run(r->client("/usr/bin/ssh", {"-S", path, "me@127.0.0.1", "cat; exit 9"}), text);
      if (got.output == text && got.exit.code == 9) ++*right;
    };
    int right = 0;
    aio::Nursery many(rig.home);

    for (unsigned i = 0; i < 8; ++i) many.start(one, &rig, control, i, &right);
    while (many.size() > 0) co_await aio::sleep(Milliseconds(5));

    EXPECT_EQ(right, 8);
    co_await many.stop();
    co_await master->stop(SIGTERM);
  });
}

// Whatever makes one turn in vain, a connection that does is closed; here every turn counts as such.
TEST(SshStall, EndsTheConnectionAndNotTheServer) {
  with_rig([](Rig& rig) -> Task<void> {
    auto options = Rig::options(&rig);
    options.most_idle_turns = 0;
    SshServer stalled(rig.home, options);
    auto [near, far] = net::make_pipe(rig.home);
    auto serve = [](SshServer* server, std::shared_ptr<StreamPtr> stream) -> Task<void> { co_await server->serve(std::move(*stream)); };
    rig.nursery.start(serve, &stalled, std::make_shared<StreamPtr>(std::move(far)));

    std::array<char, 4096> buffer;
    while (true) {
      const auto count = co_await near->read_some(buffer);
      if (!count || *count == 0) break;
    }
    near->close();
    while (stalled.connections() > 0) co_await aio::sleep(Milliseconds(5));
    const auto other = co_await rig.ssh({"echo fine"});

    EXPECT_EQ(other.output, "fine\n");
  });
}

}  // namespace
}  // namespace slipway::agent
