#include "http/routes.hpp"
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "features/templates/settings.hpp"
#include "features/templates/told.hpp"
#include "http/filter.hpp"

namespace slipway::templates {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int64_t kMostVersions = 1000;  // of one answer; the rest is asked for with `after_id`

Task<Result<sql::Template>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateId>("template"));
  CO_TRY(row, co_await find_template(call, id));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return row;
}

Task<Result<sql::Template>> by_names(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(row, co_await sql::by_name(call.store(), organization.id, std::string(call.path("templatename"))));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<std::vector<api::Template>>> list_in(http::Call& call, std::optional<OrganizationId> organization) {
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "display_name",
                                    {"name", "display_name", "exact_name", "exact_display_name", "ids", "organization", "author", "author_id",
                                     "deprecated", "deleted", "has-ai-task", "has_external_agent"}));
  sql::ListArgs args{.organization_id = organization};
  if (const auto name = filter.last("organization"); name && !organization) {
    CO_TRY(found, co_await organizations::find(call, *name));
    args.organization_id = found.id;
  }
  if (const auto name = filter.last("name")) args.fuzzy = http::like(*name);
  if (const auto name = filter.last("display_name")) args.fuzzy = http::like(*name);
  if (const auto name = filter.last("exact_name")) args.exact_name = *name;
  CO_TRY(ids, filter.uuids("ids"));
  for (const auto& id : ids) args.template_ids.push_back(TemplateId{id});
  CO_TRY(author, filter.uuid("author_id"));
  if (author) args.created_by = UserId{*author};
  if (filter.last("author") == "me") args.created_by = call.actor().user_id;
  CO_TRY(deprecated, filter.boolean("deprecated"));
  args.deprecated = deprecated ? deprecated : std::optional(false);
  CO_TRY(rows, co_await sql::list(call.store(), args));
  co_return co_await to_wire(call, rows);
}

Task<Result<std::vector<api::Template>>> list(http::Call& call) { return list_in(call, std::nullopt); }

Task<Result<std::vector<api::Template>>> list_of_organization(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  co_return co_await list_in(call, organization.id);
}

Task<Result<api::Template>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await to_wire(call, row);
}

Task<Result<api::Template>> show_by_name(http::Call& call) {
  CO_TRY(row, co_await by_names(call));
  co_return co_await to_wire(call, row);
}

Task<Result<http::Created<api::Template>>> create(http::Call& call, api::CreateTemplateRequest ask) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  call.audited({.resource_type = "template", .target = ask.name, .organization = organization.id});
  CO_CHECK(names::valid_name(ask.name));
  CO_CHECK(names::valid_display_name(ask.display_name.value_or("")));
  CO_TRY(version, co_await sql::version_by_id(call.store(), TemplateVersionId{ask.template_version_id}));
  if (!version || version->organization_id != organization.id)
    co_return fail(Code::not_found, fmt::format("Template version \"{}\" does not exist.", ask.template_version_id.str()),
                   "Import an archive first: POST /organizations/{organization}/templateversions.");
  if (version->template_id) co_return fail(Code::conflict, "This version belongs to a template already.");
  const auto id = TemplateId::random();
  const rbac::Object object{.type = Resource::template_, .id = id.uuid, .organization = organization.id};
  CO_TRY(args, new_settings(call, ask, *version, organization.id));
  sql::Template made;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::template_>(object)));
    CO_CHECK(co_await sql::insert(tx, may, args));
    CO_TRY(adopted, co_await sql::adopt_version(tx, may, call.now(), version->id));
    if (adopted == 0) co_return fail(Code::conflict, "This version belongs to a template already.");
    CO_TRY(row, co_await sql::by_id(tx, id));
    if (!row) co_return not_found();
    made = std::move(*row);
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return co_await store::notify(tx, std::string(jobs::kPools), id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(wire, co_await to_wire(call, made));
  co_return http::Created<api::Template>{std::move(wire)};
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await sql::lock(tx, seen.id));
    if (!row) co_return not_found();
    CO_TRY(may, (store::permit<Action::delete_, Resource::template_>(tx, *row)));
    CO_TRY(workspaces, co_await sql::count_workspaces(tx, may));
    if (workspaces > 0)
      co_return fail(Code::invalid, "All workspaces must be deleted before a template can be removed.", fmt::format("{} still use it.", workspaces));
    tx.trace(http::audit_end(sql::audit_of(**row)));
    tell_deleted(tx, **row);
    CO_CHECK(co_await sql::delete_template(tx, may, call.now()));
    co_return co_await store::notify(tx, std::string(jobs::kPools), seen.id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Template has been deleted!", .detail = {}, .validations = {}};
}

Task<Result<std::vector<api::TemplateVersion>>> versions(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  CO_TRY(after, call.query_uuid("after_id"));
  CO_TRY(archived, call.query_bool("include_archived"));
  CO_TRY(may, (call.store().permit<Action::read, Resource::template_>(sql::object_of(row))));
  const auto most = static_cast<std::int32_t>(limit == 0 ? kMostVersions : std::min(limit, kMostVersions));
  CO_TRY(rows, co_await sql::versions(call.store(), may, archived, after, most, static_cast<std::int32_t>(offset)));
  co_return co_await to_wire(call, rows);
}

Task<Result<api::TemplateVersion>> named_version(http::Call& call, const sql::Template& row) {
  CO_TRY(version, co_await sql::version_by_name(call.store(), row.id, std::string(call.path("templateversionname"))));
  if (!version) co_return not_found();
  co_return co_await to_wire(call, *version);
}

Task<Result<api::TemplateVersion>> version_of_template(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await named_version(call, row);
}

Task<Result<api::TemplateVersion>> version_by_names(http::Call& call) {
  CO_TRY(row, co_await by_names(call));
  co_return co_await named_version(call, row);
}

Task<Result<api::TemplateVersion>> previous_version(http::Call& call) {
  CO_TRY(row, co_await by_names(call));
  CO_TRY(version, co_await sql::version_by_name(call.store(), row.id, std::string(call.path("templateversionname"))));
  if (!version) co_return not_found();
  CO_TRY(previous, co_await sql::previous_version(call.store(), row.id, version->created_at));
  if (!previous) co_return fail(Code::not_found, "No previous template version found.");
  co_return co_await to_wire(call, *previous);
}

Task<Result<api::Response>> promote(http::Call& call, api::UpdateActiveTemplateVersion ask) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(version, co_await find_version(call, TemplateVersionId{ask.id}));
  if (version.template_id != row.id) co_return fail(Code::invalid, "The provided template version doesn't belong to the specified template.");
  if (version.archived) co_return fail(Code::invalid, "The provided template version is archived. Unarchive it first.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(row))));
    CO_TRY(jobs, co_await jobs::load(tx, may, {version.job_id}));
    if (jobs[version.job_id].status != "succeeded") co_return fail(Code::invalid, "Only versions that have been built successfully can be promoted.");
    auto after = row;
    after.active_version_id = version.id;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    CO_CHECK(co_await sql::promote(tx, may, version.id, call.now()));
    co_return co_await store::notify(tx, std::string(jobs::kPools), row.id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Updated the active template version!", .detail = {}, .validations = {}};
}

Task<Result<api::ArchiveTemplateVersionsResponse>> archive_unused(http::Call& call, api::ArchiveTemplateVersionsRequest ask) {
  CO_TRY(row, co_await of_path(call));
  std::vector<TemplateVersionId> archived;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(row))));
    CO_TRY(ids, co_await sql::archive_unused(tx, may, call.now(), ask.all));
    archived = std::move(ids);
    auto trace = http::audit_about(sql::audit_of(row));
    std::vector<Uuid> uuids;
    for (const auto& id : archived) uuids.push_back(id.uuid);
    trace.additional = api::to_json(std::map<std::string, std::vector<Uuid>>{{"archived_versions", uuids}});
    tx.trace(std::move(trace));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  api::ArchiveTemplateVersionsResponse out;
  out.template_id = row.id.uuid;
  for (const auto& id : archived) out.archived_ids.push_back(id.uuid);
  co_return out;
}

}  // namespace

Task<Result<sql::Template>> find_template(http::Call& call, TemplateId id) {
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<sql::Version>> find_version(http::Call& call, TemplateVersionId id) {
  CO_TRY(row, co_await sql::version_by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

void add_routes(http::Routes& routes, const Examples& examples) {
  using http::Audit, http::Auth, http::Rate;
  const auto list_examples = [&examples](http::Call&) -> Task<Result<std::vector<api::TemplateExample>>> { co_return examples.all(); };
  const std::string one = "/api/v2/templates/{template}";
  const std::string in_organization = "/api/v2/organizations/{organization}/templates";
  routes.get<Auth::user, Audit::none>("/api/v2/templates", list);
  routes.get<Auth::user, Audit::none>("/api/v2/templates/examples", list_examples);
  routes.get<Auth::user, Audit::none>(in_organization, list_of_organization);
  routes.post<Auth::user, Audit::create>(in_organization, create);
  routes.get<Auth::user, Audit::none>(in_organization + "/examples", list_examples);
  routes.get<Auth::user, Audit::none>(in_organization + "/{templatename}", show_by_name);
  routes.get<Auth::user, Audit::none>(in_organization + "/{templatename}/versions/{templateversionname}", version_by_names);
  routes.get<Auth::user, Audit::none>(in_organization + "/{templatename}/versions/{templateversionname}/previous", previous_version);
  routes.get<Auth::user, Audit::none>(one, show);
  routes.patch<Auth::user, Audit::write>(one, update);
  routes.del<Auth::user, Audit::delete_>(one, remove);
  routes.get<Auth::user, Audit::none>(one + "/versions", versions);
  routes.patch<Auth::user, Audit::write>(one + "/versions", promote);
  routes.post<Auth::user, Audit::write>(one + "/versions/archive", archive_unused);
  routes.get<Auth::user, Audit::none>(one + "/versions/{templateversionname}", version_of_template);
}

}  // namespace slipway::templates
