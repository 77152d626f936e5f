#include "formats/archive.hpp"
#include "support/replay.hpp"
#include "support/statement_text.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string packed(formats::ArchiveKind kind, const std::vector<formats::ArchiveEntry>& entries) {
  return formats::write_archive(kind, entries).value();
}

// The same tar with its first entry called otherwise, its check sum made right again.
std::string renamed(std::string tar, const std::string& name) {
  tar.replace(0, name.size(), name);
  tar.replace(148, 8, 8, ' ');
  int sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[i]);
  tar.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return tar;
}

struct FilesDb : ::testing::Test {
  FilesDb() : alice((server.owner(), server.member("alice"))) {}

  Answer upload(const std::string& bytes, const Person& who, const std::string& type = "application/x-tar") {
    return server.call("POST", "/api/v2/files", bytes, who.token, {{"Content-Type", type}});
  }
  static std::string id_of(const Answer& answer) { return std::string(answer.json().at("hash").as_string()); }

  TestServer server;
  Person alice;
  const std::string tar = packed(formats::ArchiveKind::tar, {{.path = "main.tf", .bytes = "# here"}});
};

TEST_F(FilesDb, ArchiveIsStoredOnceAndComesBackInEitherFormat) {
  const auto first = upload(tar, server.owner()), again = upload(tar, server.owner());

  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(id_of(first), id_of(again));
  const auto path = "/api/v2/files/" + id_of(first);
  EXPECT_EQ(server.get(path, server.owner()).body, tar);
  EXPECT_EQ(server.get(path + "?format=zip", server.owner()).header("Content-Type"), "application/zip");
  EXPECT_EQ(server.get(path + "?format=rar", server.owner()).status, 400);
  const auto zip = upload(packed(formats::ArchiveKind::zip, {{.path = "main.tf", .bytes = "# zip"}}), server.owner(), "application/zip");
  EXPECT_EQ(zip.status, 201);
  EXPECT_EQ(server.get("/api/v2/files/" + id_of(zip) + "?format=tar", server.owner()).header("Content-Type"), "application/x-tar");
}

TEST_F(FilesDb, OnePersonMayHaveSoMuchLyingUnused) {
  server.database().sql("insert into files (id, hash, created_by, mimetype, data, created_at) select gen_random_uuid(), 'h' || n, '" + alice.id +
                        "', 'application/x-tar', 'x', now() from generate_series(1, 200) n");

  const auto refused = upload(tar, alice), other = upload(tar, server.owner());
  server.database().sql("delete from files where hash = 'h1'");
  const auto taken = upload(tar, alice);

  EXPECT_EQ(refused.status, 413) << refused.body;
  EXPECT_NE(refused.body.find("You have uploaded too much that no template uses."), std::string::npos) << refused.body;
  EXPECT_EQ(other.status, 201);
  EXPECT_EQ(taken.status, 201);
}

TEST_F(FilesDb, UploadedAnewItLastsAnotherDay) {
  const auto id = id_of(upload(tar, alice));
  server.database().sql("update files set created_at = now() - interval '23 hours'");

  EXPECT_EQ(id_of(upload(tar, alice)), id);

  EXPECT_EQ(server.database().sql("select created_at > now() - interval '1 hour' from files"), "t");
}

TEST_F(FilesDb, OnlyItsUploaderAndTheTemplatesManagersReadAFile) {
  const auto id = id_of(upload(tar, alice));

  EXPECT_EQ(server.get("/api/v2/files/" + id, alice).status, 200);
  EXPECT_EQ(server.get("/api/v2/files/" + id, server.member("bob")).status, 404);
  EXPECT_EQ(server.call("GET", "/api/v2/files/" + id).status, 401);
  EXPECT_EQ(server.call("POST", "/api/v2/files", tar).status, 401);
  EXPECT_EQ(server.get("/api/v2/files/x", alice).status, 400);
  EXPECT_EQ(server.get("/api/v2/files/" + Uuid::random().str(), alice).status, 404);
  const auto version = server.post("/api/v2/organizations/default/templateversions",
                                   R"({"storage_method":"file","provisioner":"echo","file_id":")" + id + "\"}", server.member("carol"));
  EXPECT_EQ(version.status, 404);
}

// Whom a template's access list lets manage it may read what it was made of; who may use it may not.
TEST_F(FilesDb, WhoManagesATemplateByItsListReadsItsArchive) {
  const auto id = id_of(upload(tar, server.owner()));
  const auto row = add_agent(server, server.owner(), "ws");
  server.database().sql(
      fmt::format("update provisioner_jobs set file_id = '{}' where id = (select job_id from template_versions where id = '{}')", id, row.version));
  const auto reads_as = [&](const std::string& role) {
    const auto given = server.patch("/api/v2/templates/" + row.template_id + "/acl", fmt::format(R"({{"user_perms":{{"{}":"{}"}}}})", alice.id, role),
                                    server.owner());
    EXPECT_EQ(given.status, 200) << given.body;
    return server.get("/api/v2/files/" + id, alice).status;
  };

  EXPECT_EQ(reads_as("use"), 404);
  EXPECT_EQ(reads_as("admin"), 200);
  EXPECT_EQ(reads_as(""), 404);
}

// Whoever may not read a file learns nothing from how long its answer takes: its bytes are not looked at.
TEST_F(FilesDb, DeniedAndMissingCostTheSame) {
  const auto id = id_of(upload(tar, alice));
  const auto bob = server.member("bob");
  const auto spent = [&](const std::string& file) {
    const auto answer = server.get("/api/v2/files/" + file, bob);
    EXPECT_EQ(answer.status, 404);
    const auto cost = server.cost(answer);
    return std::make_pair(cost.sql, cost.trips);
  };

  EXPECT_EQ(spent(id), spent(Uuid::random().str()));
  const auto judged = statement_text("files", "by_id");
  ASSERT_FALSE(judged.empty());
  EXPECT_EQ(judged.find("data"), std::string::npos) << judged;
}

TEST_F(FilesDb, WhatIsNoHarmlessArchiveIsRefused) {
  EXPECT_EQ(upload(tar, alice, "text/plain").status, 400);
  EXPECT_EQ(upload("no archive at all", alice).status, 400);
  EXPECT_EQ(upload(std::string((10 << 20) + 1, 'x'), alice).status, 413);
  EXPECT_EQ(upload(renamed(tar, "../m.tf"), alice).status, 400);
  EXPECT_EQ(upload(renamed(tar, "/ain.tf"), alice).status, 400);
  EXPECT_EQ(server.database().sql("select count(*) from files"), "0");
}

}  // namespace
}  // namespace slipway::test
