#include "tunnel/memory.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace slipway::tunnel {
namespace {

// A session that says what it has to say at its beginning and then idles.
struct Idle {
  explicit Idle(SessionMemory& memory) {
    nghttp2_session_callbacks_new(&calls);
    nghttp2_mem with = memory.calls();
    EXPECT_EQ(nghttp2_session_client_new3(&session, calls, nullptr, nullptr, &with), 0);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &window, 1);
    const std::uint8_t* bytes = nullptr;
    while (nghttp2_session_mem_send(session, &bytes) > 0) {
    }
  }
  ~Idle() {
    nghttp2_session_del(session);
    nghttp2_session_callbacks_del(calls);
  }
  nghttp2_session_callbacks* calls = nullptr;
  nghttp2_session* session = nullptr;
};

TEST(TunnelMemory, ASessionThatIdlesWritesToOnePage) {
  SessionMemory memory;
  const Idle idle(memory);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(idle.session) % page, 0U) << "the session lies at the beginning of its pages";
  std::vector<unsigned char> pages(32 * 1024 / page);

  ASSERT_EQ(::mincore(idle.session, pages.size() * page, pages.data()), 0);

  EXPECT_EQ(pages.front(), 1);
  EXPECT_LE(std::count(pages.begin(), pages.end(), 1), 2) << "and looks into its table of streams, where all zeros are one page of the system's";
}

TEST(TunnelMemory, BlocksKeepTheirBytesWhereverTheyCameFrom) {
  SessionMemory memory;
  const auto calls = memory.calls();
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (const std::size_t size : {1000, 16 * 1024, 100, 600, 4096, 40, 9000, 3000, 700, 700, 700, 700, 20'000}) {
    auto* const block = static_cast<unsigned char*>(calls.calloc(size, 1, calls.mem_user_data));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(std::count(block, block + size, 0), static_cast<std::ptrdiff_t>(size));
    std::fill_n(block, size, static_cast<unsigned char>(blocks.size() + 1));
    blocks.emplace_back(block, size);
  }

  for (auto& [block, size] : blocks) {
    block = static_cast<unsigned char*>(calls.realloc(block, size * 2, calls.mem_user_data));
    ASSERT_NE(block, nullptr);
  }

  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, size] = blocks[i];
    EXPECT_EQ(std::count(block, block + size, static_cast<unsigned char>(i + 1)), static_cast<std::ptrdiff_t>(size)) << i;
    calls.free(block, calls.mem_user_data);
  }
}

}  // namespace
}  // namespace slipway::tunnel
