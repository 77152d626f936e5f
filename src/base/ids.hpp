// UUIDs, and a distinct type for the id of each noun, so that one can never be passed for another.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  static Uuid random();                                     // version 4, from the kernel's generator
  static std::optional<Uuid> parse(std::string_view text);  // 36 characters, any letter case
  static constexpr Uuid nil() { return {}; }

  std::string str() const;  // lower case, 36 characters
  bool is_nil() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;
};

template <class Noun>
struct Id {
  Uuid uuid{};

  static Id random() { return {Uuid::random()}; }
  static std::optional<Id> parse(std::string_view text) {
    if (auto found = Uuid::parse(text)) return Id{*found};
    return std::nullopt;
  }
  std::string str() const { return uuid.str(); }
  bool is_nil() const { return uuid.is_nil(); }
  auto operator<=>(const Id&) const = default;
};

// One line a noun. The tags are never defined: they exist to tell ids apart.
using UserId = Id<struct UserTag>;
using OrganizationId = Id<struct OrganizationTag>;
using GroupId = Id<struct GroupTag>;
using FileId = Id<struct FileTag>;
using TemplateId = Id<struct TemplateTag>;
using TemplateVersionId = Id<struct TemplateVersionTag>;
using PresetId = Id<struct PresetTag>;
using WorkspaceId = Id<struct WorkspaceTag>;
using BuildId = Id<struct BuildTag>;
using JobId = Id<struct JobTag>;
using ResourceId = Id<struct ResourceTag>;
using AgentId = Id<struct AgentTag>;
using AppId = Id<struct AppTag>;
using ScriptId = Id<struct ScriptTag>;
using LogSourceId = Id<struct LogSourceTag>;
using DaemonId = Id<struct DaemonTag>;
using ProvisionerKeyId = Id<struct ProvisionerKeyTag>;
using ReplicaId = Id<struct ReplicaTag>;
using RequestId = Id<struct RequestTag>;
using AuditId = Id<struct AuditTag>;
using ChatId = Id<struct ChatTag>;

// The prebuilds system user of the API contract.
extern const UserId kPrebuildsUser;

}  // namespace slipway

template <>
struct std::hash<slipway::Uuid> {
  std::size_t operator()(const slipway::Uuid& id) const noexcept {
    std::uint64_t parts[2];
    static_assert(sizeof(parts) == sizeof(id.bytes));
    __builtin_memcpy(parts, id.bytes.data(), sizeof(parts));
    return static_cast<std::size_t>(parts[0] ^ (parts[1] * 0x9e3779b97f4a7c15ULL));
  }
};
template <class Noun>
struct std::hash<slipway::Id<Noun>> {
  std::size_t operator()(const slipway::Id<Noun>& id) const noexcept { return std::hash<slipway::Uuid>{}(id.uuid); }
};
