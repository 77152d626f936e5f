// Provisioner keys: what lets a daemon of its own process take an organization's jobs. Only a hash is stored.
#include "api/gen/response.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/jobs/listed.hpp"
#include "features/jobs/objects.hpp"
#include "features/organizations/organizations.hpp"
#include "features/resources/resources.hpp"
#include "http/credentials.hpp"
#include "http/routes.hpp"

#include <array>

namespace slipway::jobs {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::array<std::string_view, 3> kReserved = {"built-in", "user-auth", "psk"};
constexpr std::size_t kLongestName = 64, kMostTags = 50, kLongestTag = 256, kSecretLength = 43;

std::unexpected<Error> bad(const std::string& field, const std::string& say) { return fail_field(say, field, say); }

Result<void> check_name(const std::string& name) {
  if (name.empty()) return bad("name", "Name is required");
  if (name.size() > kLongestName) return bad("name", fmt::format("Name must be at most {} characters", kLongestName));
  if (std::ranges::find(kReserved, text::lower(name)) != kReserved.end()) return bad("name", fmt::format("Name cannot be reserved name '{}'", name));
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  if (!std::ranges::all_of(name, plain)) return bad("name", "Name may have letters, digits, '-', '_' and '.' only");
  return {};
}

Result<void> check_tags(const Tags& tags) {
  if (tags.size() > kMostTags) return bad("tags", fmt::format("At most {} tags are possible", kMostTags));
  for (const auto& [name, value] : tags) {
    if (name.empty() || name.size() > kLongestTag || value.size() > kLongestTag)
      return bad("tags", fmt::format("A tag has a name, and both name and value have at most {} characters", kLongestTag));
    if (name == "scope" && value != "organization") return bad("tags", "A key's scope is its organization");
    if (name == "owner" && !value.empty()) return bad("tags", "A key's daemons belong to no one person");
  }
  return {};
}

Tags tags_of(const std::string& json) { return api::from_json<Tags>(json).value_or(Tags()); }

api::ProvisionerKey to_wire(const sql::Key& row) {
  return {
      .id = row.id.uuid, .created_at = row.created_at, .organization = row.organization_id.uuid, .name = row.name, .tags = tags_of(row.tags.text)};
}

Task<Result<http::Created<api::CreateProvisionerKeyResponse>>> create(http::Call& call, api::CreateProvisionerKeyRequest ask) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_CHECK(check_name(ask.name));
  CO_CHECK(check_tags(ask.tags));
  const auto id = ProvisionerKeyId::random();
  const std::string secret = crypto::random_text(kSecretLength);
  const rbac::Object object{.type = Resource::provisioner_daemon, .id = id.uuid, .organization = organization.id};
  const sql::Key made{.id = id, .organization_id = organization.id, .name = ask.name, .tags = {to_json(ask.tags)}, .created_at = call.now()};
  call.audited(http::audit_about(sql::audit_of(made)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::provisioner_daemon>(object)));
    CO_CHECK(co_await sql::insert_key(tx, may, made.name, pg::Bytes{crypto::sha256(secret)}, made.tags, made.created_at));
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Created<api::CreateProvisionerKeyResponse>{{.key = secret}};
}

Task<Result<std::vector<api::ProvisionerKey>>> list(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(rows, co_await sql::keys(call.store(), organization.id));
  std::vector<api::ProvisionerKey> out;
  for (const auto& row : rows) out.push_back(to_wire(row));
  co_return out;
}

// Built-in daemons are told under a key that is in no table.
Task<Result<std::vector<api::ProvisionerKeyDaemons>>> with_daemons(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(keys, co_await sql::keys(call.store(), organization.id));
  const sql::DaemonsArgs args{.organization_id = organization.id,
                              .shown_since = call.now() - kDaemonGone,
                              .offline = false,
                              .max_age_since = {},
                              .daemon_ids = {},
                              .tags = {},
                              .statuses = {},
                              .seen_since = call.now() - kDaemonGone,
                              .most = 1000};
  CO_TRY(daemons, co_await sql::daemons(call.store(), args));
  std::vector<api::ProvisionerKeyDaemons> out;
  if (std::ranges::any_of(daemons, [](const auto& d) { return d.key_id == kBuiltInKey; }))
    out.push_back({.key = {.id = kBuiltInKey.uuid, .organization = organization.id.uuid, .name = "built-in", .tags = {}}, .daemons = {}});
  for (const auto& key : keys) out.push_back({.key = to_wire(key), .daemons = {}});
  for (const auto& row : daemons)
    for (auto& one : out)
      if (one.key.id == row.key_id.uuid) one.daemons.push_back(jobs::to_wire(row, call.now()));
  co_return out;
}

Task<Result<http::NoContent>> remove(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  const std::string name(call.path("provisionerkey"));
  if (std::ranges::find(kReserved, text::lower(name)) != kReserved.end())
    co_return fail(Code::invalid, fmt::format("Cannot delete reserved '{}' provisioner key", name));
  CO_TRY(key, co_await sql::key_by_name(call.store(), organization.id, name));
  if (!key) co_return not_found();
  call.audited(http::audit_about(sql::audit_of(*key)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::provisioner_daemon>(sql::object_of(*key))));
    CO_TRY(ended, co_await sql::end_jobs_of_key(tx, may, call.now()));
    for (const auto& job : ended) {
      tell_failed(tx, job);
      CO_CHECK(co_await store::notify(tx, std::string(kNews), job.id.str()));
      if (job.workspace_id) CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), job.workspace_id->str()));
      if (job.owner_id == kPrebuildsUser) CO_CHECK(co_await store::notify(tx, std::string(kPools), job.template_id->str()));
    }
    CO_CHECK(co_await sql::delete_key(tx, may));
    tx.trace(http::audit_end(sql::audit_of(*key)));
    // Wakes daemons that wait with it: they are refused at once.
    co_return co_await store::notify(tx, std::string(kPosted), key->id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

// A daemon asks what its own secret is worth; another one's is not there.
Task<Result<api::ProvisionerKey>> own(http::Call& call) {
  if (call.path("provisionerkey") != call.request().headers.get(http::kProvisionerKeyHeader)) co_return not_found();
  auto duty = call.db().duty<rbac::Duty::provisioner_daemon>(call.cost());
  CO_TRY(row, co_await sql::key_of(duty, call.principal().provisioner->key_id));
  if (!row) co_return not_found();
  co_return to_wire(*row);
}

}  // namespace

void add_key_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string keys = "/api/v2/organizations/{organization}/provisionerkeys";
  routes.get<Auth::user, Audit::none>(keys, list);
  routes.post<Auth::user, Audit::create>(keys, create);
  routes.get<Auth::user, Audit::none>(keys + "/daemons", with_daemons);
  routes.del<Auth::user, Audit::delete_>(keys + "/{provisionerkey}", remove);
  routes.get<Auth::provisioner, Audit::none>("/api/v2/provisionerkeys/{provisionerkey}", own);
}

}  // namespace slipway::jobs
