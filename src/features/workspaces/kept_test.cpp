#include "features/workspaces/kept.hpp"

#include <gtest/gtest.h>

namespace slipway::workspaces {
namespace {

api::Workspace named(const std::string& name) {
  api::Workspace w;
  w.name = name;
  return w;
}

PiecePtr piece_of(const std::string& name) { return std::make_shared<const Piece>(Uuid::random(), std::array<Thing, 6>{}, named(name)); }

TEST(Pieces, AreWrittenAsNobodysFavorite) {
  auto shown = named("mine");
  shown.favorite = true;
  shown.latest_build.job.tags = {{"favorite", "\"favorite\":false"}};

  const Piece piece(Uuid::random(), {}, shown);

  shown.favorite = false;
  EXPECT_EQ(piece.text, api::to_json(shown));
  auto marked = piece.text;
  marked.replace(piece.favorite_at, 5, "true");
  shown.favorite = true;
  EXPECT_EQ(marked, api::to_json(shown));
}

TEST(Pieces, KnowWhatTheClockChanges) {
  auto shown = named("mine");
  auto& agent = shown.latest_build.resources.emplace_back().agents.emplace_back();
  agent.id = Uuid::random();
  agent.status = "connecting";
  agent.connection_timeout_seconds = 120;
  shown.latest_build.job.status = "pending";
  shown.latest_build.job.queue_position = 3;

  const Piece piece(Uuid::random(), {}, shown);

  ASSERT_EQ(piece.agents.size(), 1U);
  EXPECT_EQ(piece.agents[0].id.uuid, agent.id);
  EXPECT_EQ(piece.agents[0].status, "connecting");
  EXPECT_EQ(piece.agents[0].times.timeout, Seconds(120));
  ASSERT_TRUE(piece.waiting);
  EXPECT_EQ(piece.waiting->position, 3);
}

TEST(KeptPieces, TakeNoMoreMemoryThanTheyMay) {
  const auto size = static_cast<std::int64_t>(piece_of("w0")->memory());
  Kept kept(size * 3 + size / 2);
  std::vector<WorkspaceId> ids;
  for (int i = 0; i < 3; ++i) kept.put(ids.emplace_back(WorkspaceId::random()), piece_of(fmt::format("w{}", i)));

  kept.find({ids[0]});
  kept.put(ids.emplace_back(WorkspaceId::random()), piece_of("w3"));

  const auto found = kept.find(ids);
  EXPECT_TRUE(found[0] && found[2] && found[3]);
  EXPECT_FALSE(found[1]) << "the one that nobody asked for the longest goes first";
  EXPECT_LE(kept.memory(), static_cast<std::size_t>(size * 3 + size / 2));
}

TEST(KeptPieces, TakeThePlaceOfTheirElders) {
  Kept kept(1 << 20);
  const auto id = WorkspaceId::random();
  kept.put(id, piece_of("old"));
  const auto young = piece_of("young");

  kept.put(id, young);

  EXPECT_EQ(kept.find({id}).front(), young);
  EXPECT_EQ(kept.memory(), young->memory());
}

TEST(KeptPieces, AreNoneWithoutRoom) {
  Kept kept(0);
  const auto id = WorkspaceId::random();

  kept.put(id, piece_of("w"));

  EXPECT_FALSE(kept.has_room());
  EXPECT_FALSE(kept.find({id}).front());
}

}  // namespace
}  // namespace slipway::workspaces
