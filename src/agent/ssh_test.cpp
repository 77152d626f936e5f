#include "agent/ssh_test_support.hpp"

namespace slipway::agent {
namespace {

using namespace ssh_testing;

TEST(SshHostKey, IsOfItsNamesAlone) {
  aio::Loops loops(1);
  const auto key = [&](std::string_view owner, std::string_view workspace) {
    SshOptions options;
    options.host_key_seed = ssh_host_key_seed(owner, workspace, "main");
    return SshServer(loops.at(0), std::move(options)).host_key();
  };

  EXPECT_TRUE(key("ana", "dev").starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"));
  EXPECT_EQ(key("ana", "dev"), key("ana", "dev"));
  EXPECT_NE(key("ana", "dev"), key("anad", "ev"));
}

TEST(Ssh, ACommandHasItsOutputsApartAndItsExitCode) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got = co_await rig.ssh({"echo out; echo err >&2; pwd; echo $FROM_AGENT; exit 42"});

    EXPECT_EQ(got.output, "out\n" + (rig.folder / "work").string() + "\nyes\n");
    EXPECT_EQ(got.errors, "err\n");
    EXPECT_EQ(got.exit.code, 42);
  });
}

TEST(Ssh, ACommandEndedByASignalSaysSo) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got = co_await rig.ssh({"kill -9 $$"});

    EXPECT_EQ(got.exit.code, 255);
  });
}

TEST(Ssh, VariablesOfTheClientReachTheCommand) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got =
        co_await rig.run(rig.client("/usr/bin/ssh", {"-o", "SetEnv=LC_ONE=first FROM_AGENT=mine", "me@127.0.0.1", "echo $LC_ONE $FROM_AGENT"}));

    EXPECT_EQ(got.output, "first mine\n");
  });
}

TEST(Ssh, MuchDataPassesBothWaysUnchanged) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string large = noise(5'000'000, 1);

    const auto there_and_back = co_await rig.ssh({"cat"}, large);
    const auto both = co_await rig.ssh({"tee /dev/stderr"}, large);

    EXPECT_TRUE(there_and_back.output == large);
    EXPECT_TRUE(both.output == large);
    EXPECT_TRUE(both.errors == large);
    EXPECT_TRUE(there_and_back.exit.ok());
  });
}

TEST(Ssh, InputMayBeLeftUnreadAndOutputMayEndEarly) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto unread = co_await rig.ssh({"exit 3"}, noise(2'500'000, 2));
    const auto early = co_await rig.ssh({"exec >&-; cat >/dev/null; exit 4"}, noise(300'000, 2));

    EXPECT_EQ(unread.exit.code, 3);
    EXPECT_EQ(early.exit.code, 4);
  });
}

TEST(Ssh, AScriptOnStandardInputRunsInALoginShell) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got = co_await rig.ssh({}, "echo one\nshopt -q login_shell && echo login\nexit 5\n");

    EXPECT_EQ(got.output, "one\nlogin\n");
    EXPECT_EQ(got.exit.code, 5);
  });
}

TEST(Ssh, ATerminalIsGreetedSizedAndResized) {
  with_rig([](Rig& rig) -> Task<void> {
    CommandEnvironment local;
    local.variables = {{"PATH", "/usr/bin:/bin"}, {"HOME", rig.folder}};
    local.directory = "/";
    local.shell = "/bin/sh";
    std::string command = "exec";
    for (const auto& word : rig.client("/usr/bin/ssh", {"-tt", "me@127.0.0.1"})) command += " '" + word + "'";
    auto terminal = Pty::open(rig.home, local, command, {.rows = 40, .columns = 100}, "vt100");
    std::string seen;
    auto until = [](Pty& pty, std::string& text, std::string_view wanted) -> Task<void> {
      std::array<char, 4096> buffer;
      while (text.find(wanted) == std::string::npos) {
        const auto count = co_await aio::with_deadline(std::chrono::seconds(20), "Too late.", pty.read_some(buffer));
        if (!count || *count == 0) co_return;
        text.append(buffer.data(), *count);
      }
    };

    co_await until(**terminal, seen, "Welcome aboard.");
    (void)co_await (*terminal)->write("stty -echo; stty size; echo $TERM $((6*7))\n");
    co_await until(**terminal, seen, "vt100 42");
    (*terminal)->resize({.rows = 50, .columns = 120});
    (void)co_await (*terminal)->write("while [ \"$(stty size)\" != '50 120' ]; do sleep 0.05; done; echo wider; exit 7\n");
    co_await until(**terminal, seen, "wider");
    const auto exit = co_await (*terminal)->process().wait();

    EXPECT_NE(seen.find("Welcome aboard.\r\n"), std::string::npos);
    EXPECT_NE(seen.find("40 100"), std::string::npos) << seen;
    EXPECT_NE(seen.find("wider"), std::string::npos) << seen;
    EXPECT_EQ(exit.code, 7);
  });
}

TEST(Ssh, ATerminalEndsWithItsShellThoughSomethingHoldsIt) {
  with_rig([](Rig& rig) -> Task<void> {
    const auto got = co_await rig.run(rig.client("/usr/bin/ssh", {"-tt", "me@127.0.0.1", "(trap '' HUP; sleep 5) & echo last words; exit 6"}));

    EXPECT_NE(got.output.find("last words"), std::string::npos);
    EXPECT_EQ(got.exit.code, 6);
  });
}

TEST(Ssh, ALostClientHangsUpItsCommand) {
  with_rig([](Rig& rig) -> Task<void> {
    auto client = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", {"me@127.0.0.1", "echo $$; exec sleep 1000"})));
    std::array<char, 64> buffer;
    const auto count = co_await client->read_output(buffer);
    const int pid = std::stoi(std::string(buffer.data(), *count));

    client->signal(SIGKILL);
    co_await client->wait();
    for (int i = 0; i < 400 && ::kill(pid, 0) == 0; ++i) co_await aio::sleep(Milliseconds(10));

    EXPECT_NE(::kill(pid, 0), 0);
  });
}

TEST(Ssh, ScpAndSftpCopyFilesAndFolders) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string large = noise(2'000'000, 3);
    fs::create_directories(rig.folder / "local/sub");
    write_file(rig.folder / "local/large", large);
    write_file(rig.folder / "local/sub/small", "small");
    fs::permissions(rig.folder / "local/sub/small", fs::perms(0751));

    const auto up = co_await rig.run(rig.client("/usr/bin/scp", {"-q", "-r", "-p", rig.folder / "local", "me@127.0.0.1:there"}));
    const auto down = co_await rig.run(rig.client("/usr/bin/scp", {"-q", "-r", "me@127.0.0.1:there", rig.folder / "back"}));
    const auto old = co_await rig.run(rig.client("/usr/bin/scp", {"-q", "-O", "me@127.0.0.1:there/large", rig.folder / "old"}));
    write_file(rig.folder / "batch", "mkdir d\nput " + (rig.folder / "local/large").string() +
                                         " d/f\nrename d/f d/g\nchmod 600 d/g\nln -s g d/l\nls -l d\n"
                                         "get d/l " +
                                         (rig.folder / "got").string() + "\nrm d/l\nrm d/g\nrmdir d\npwd\n");
    const auto batch = co_await rig.run(rig.client("/usr/bin/sftp", {"-b", rig.folder / "batch", "me@127.0.0.1"}));
    const auto missing = co_await rig.run(rig.client("/usr/bin/scp", {"-q", "me@127.0.0.1:nothing", rig.folder / "x"}));

    EXPECT_TRUE(up.exit.ok()) << up.errors;
    EXPECT_TRUE(down.exit.ok()) << down.errors;
    EXPECT_TRUE(old.exit.ok()) << old.errors;
    EXPECT_TRUE(batch.exit.ok()) << batch.errors;
    EXPECT_FALSE(missing.exit.ok());
    EXPECT_NE(missing.errors.find("No such file"), std::string::npos) << missing.errors;
    EXPECT_TRUE(read_file(rig.folder / "work/there/large") == large);
    EXPECT_TRUE(read_file(rig.folder / "back/large") == large);
    EXPECT_TRUE(read_file(rig.folder / "old") == large);
    EXPECT_TRUE(read_file(rig.folder / "got") == large);
    EXPECT_EQ(read_file(rig.folder / "back/sub/small"), "small");
    EXPECT_EQ(fs::status(rig.folder / "work/there/sub/small").permissions(), fs::perms(0751));
    EXPECT_FALSE(fs::exists(rig.folder / "work/d"));
    EXPECT_NE(batch.output.find("-rw-------"), std::string::npos) << batch.output;
    EXPECT_NE(batch.output.find((rig.folder / "work").string()), std::string::npos) << batch.output;
  });
}

TEST(Ssh, RsyncMirrorsAFolder) {
  with_rig([](Rig& rig) -> Task<void> {
    fs::create_directories(rig.folder / "local");
    for (unsigned i = 0; i < 40; ++i) write_file(rig.folder / fmt::format("local/{}", i), noise(1000 * i, i));
    std::string shell;
    for (const auto& word : rig.client("/usr/bin/ssh", {})) shell += word + " ";

    const auto got = co_await rig.run({"/usr/bin/rsync", "-a", "-e", shell, (rig.folder / "local").string() + "/", "me@127.0.0.1:mirror/"});

    EXPECT_TRUE(got.exit.ok()) << got.errors;
    for (unsigned i = 0; i < 40; ++i) EXPECT_TRUE(read_file(rig.folder / fmt::format("work/mirror/{}", i)) == noise(1000 * i, i));
  });
}

TEST(Ssh, PortsAreForwardedToTheWorkspace) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string large = noise(1'000'000, 4);

    const auto got = co_await rig.run(rig.client("/usr/bin/ssh", {"-W", fmt::format("localhost:{}", rig.echo_door->port()), "me@127.0.0.1"}), large);
    const auto refused = co_await rig.run(rig.client("/usr/bin/ssh", {"-W", "nowhere:1", "me@127.0.0.1"}));

    EXPECT_TRUE(got.output == large);
    EXPECT_FALSE(refused.exit.ok());
  });
}

TEST(Ssh, PortsAreForwardedFromTheWorkspace) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string forward = fmt::format("0:127.0.0.1:{}", rig.echo_door->port());
    auto client = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", {"-N", "-R", forward, "me@127.0.0.1"}, "INFO")));
    std::array<char, 256> buffer;
    const auto count = co_await client->read_errors(buffer);
    std::string said(buffer.data(), *count);
    const auto at = said.find("Allocated port ");
    EXPECT_NE(at, std::string::npos) << said;
    if (at == std::string::npos) co_return;

    auto stream = co_await dial_loopback("localhost", static_cast<std::uint16_t>(std::stoi(said.substr(at + 15))));
    (void)co_await (*stream)->write("round trip", {});
    (void)co_await (*stream)->shutdown_send();
    std::string back;
    while (true) {
      const auto more = co_await (*stream)->read_some(buffer);
      if (!more || *more == 0) break;
      back.append(buffer.data(), *more);
    }

    EXPECT_EQ(back, "round trip");
    co_await client->stop(SIGTERM);
  });
}

TEST(Ssh, TheKeyAgentIsForwarded) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string socket = rig.folder / "agent";
    auto agent = aio::Process::start(rig.home, rig.process({"/usr/bin/ssh-agent", "-D", "-a", socket}));
    for (int i = 0; i < 200 && !fs::exists(socket); ++i) co_await aio::sleep(Milliseconds(10));
    auto options = rig.process(rig.client("/usr/bin/ssh", {"-A", "me@127.0.0.1", "ssh-add -l"}));
    options.environment.set("SSH_AUTH_SOCK", socket);

    const auto got = co_await aio::run(options);

    EXPECT_EQ(got->exit.code, 1) << got->errors;  // 2 would be: cannot reach the agent
    EXPECT_EQ(got->output, "The agent has no identities.\n");
    co_await agent->stop(SIGTERM);
  });
}

TEST(Ssh, ManySessionsShareOneConnection) {
  with_rig([](Rig& rig) -> Task<void> {
    const std::string control = rig.folder / "ctl";
    auto master = aio::Process::start(rig.home, rig.process(rig.client("/usr/bin/ssh", {"-M", "-N", "-S", control, "me@127.0.0.1"})));
    for (int i = 0; i < 500 && !fs::exists(control); ++i) co_await aio::sleep(Milliseconds(10));
    auto one = [](Rig* r, std::string path, unsigned seed, int* right) -> Task<void> {
      const std::string text = noise(400'000, seed);
      const auto got = co_await r->run(r->client("/usr/bin/ssh", {"-S", path, "me@127.0.0.1", "cat; exit 9"}), text);
      if (got.output == text && got.exit.code == 9) ++*right;
    };
    int right = 0;
    aio::Nursery many(rig.home);

    for (unsigned i = 0; i < 8; ++i) many.start(one, &rig, control, i, &right);
    while (many.size() > 0) co_await aio::sleep(Milliseconds(5));

    EXPECT_EQ(right, 8);
    EXPECT_EQ(rig.server.connections(), 1U);
    co_await many.stop();
    co_await master->stop(SIGTERM);
  });
}

// What carries the connection tells a clean end from a cut.
TEST(Ssh, AnEndIsPassedOnAsAnEnd) {
  with_rig([](Rig& rig) -> Task<void> {
    auto [near, far] = net::make_pipe(rig.home);
    rig.nursery.start(Rig::serve_one, &rig, std::make_shared<StreamPtr>(std::move(far)));
    (void)co_await near->write("SSH-2.0-x\r\n", {});
    (void)co_await near->shutdown_send();
    std::array<char, 4096> buffer;
    std::string said;
    while (true) {
      const auto count = co_await near->read_some(buffer);
      EXPECT_TRUE(count.has_value());
      if (!count || *count == 0) break;
      said.append(buffer.data(), *count);
    }

    EXPECT_TRUE(said.starts_with("SSH-2.0-"));
  });
}

TEST(Ssh, NonsenseEndsTheConnection) {
  with_rig([](Rig& rig) -> Task<void> {
    for (const std::string& nonsense : {std::string("GET / HTTP/1.1\r\n\r\n"), noise(2000, 5), "SSH-2.0-x\r\n" + noise(5000, 6)}) {
      auto stream = co_await dial_loopback("localhost", rig.door->port());
      (void)co_await (*stream)->write(nonsense, {});
      (void)co_await (*stream)->shutdown_send();
      std::array<char, 4096> buffer;
      while (true) {
        const auto count = co_await (*stream)->read_some(buffer);
        if (!count || *count == 0) break;
      }
    }
    for (int i = 0; i < 200 && rig.server.connections() > 0; ++i) co_await aio::sleep(Milliseconds(10));

    EXPECT_EQ(rig.server.connections(), 0U);
  });
}

}  // namespace
}  // namespace slipway::agent
