#include "base/descriptor.hpp"

#include "base/socket_path.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace slipway {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
Descriptor opened() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Descriptor, ClosesWhatItOwnsAndNothingElse) {
  int number = -1;
  {
    const auto one = opened();
    number = one.get();
    EXPECT_TRUE(one && is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(Descriptor());
}

TEST(Descriptor, MovesAndClosesWhatItReplaces) {
  auto one = opened();
  auto two = opened();
  const int first = one.get(), second = two.get();

  one = std::move(two);

  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
  EXPECT_EQ(one.get(), second);
  EXPECT_EQ(two.get(), -1);
}

TEST(Descriptor, ReleasedItStaysOpenAndErrnoSurvivesTheRest) {
  auto one = opened();
  const int number = one.release();
  EXPECT_TRUE(is_open(number));
  errno = ENOENT;
  Descriptor(number).reset();

  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(is_open(number));
}

// The address has room for 107 bytes; folders may be longer.
TEST(SocketPath, LeadsToASocketHoweverDeepItLies) {
  auto folder = std::filesystem::temp_directory_path() / ("socket-" + std::to_string(::getpid()));
  const auto top = folder;
  for (int i = 0; i < 5; ++i) folder /= std::string(40, 'd');
  std::filesystem::create_directories(folder);
  const auto path = (folder / "a.sock").string();
  const auto address_of = [](const SocketPath& place) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    place.text().copy(to.sun_path, sizeof to.sun_path - 1);
    return to;
  };
  const Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

  const SocketPath here(path), there(path), near("/tmp/near.sock");
  const auto bound = address_of(here), dialled = address_of(there);

  EXPECT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&bound), sizeof bound), 0);
  EXPECT_EQ(::listen(server.get(), 1), 0);
  EXPECT_TRUE(std::filesystem::is_socket(path));
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&dialled), sizeof dialled), 0);
  EXPECT_EQ(near.text(), "/tmp/near.sock");
  EXPECT_EQ(SocketPath("/nowhere/" + std::string(200, 'x')).text(), "/nowhere/" + std::string(200, 'x'));
  std::filesystem::remove_all(top);
}

}  // namespace
}  // namespace slipway
