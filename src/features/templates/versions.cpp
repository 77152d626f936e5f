// Template versions: an archive imported by a job, its log and what the import found.
#include "aio/blocking.hpp"
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "crypto/token.hpp"
#include "features/files/files.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/tags.hpp"
#include "features/templates/templates.hpp"
#include "http/routes.hpp"

namespace slipway::templates {

namespace {

using rbac::Action, rbac::Resource;

// Reads the version that the path names; every handler of one begins so.
Task<Result<sql::Version>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateVersionId>("templateversion"));
  CO_TRY(row, co_await find_version(call, id));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return row;
}

Task<Result<store::Judged<Action::read, Resource::template_>>> read_permit(http::Call& call, const sql::Version& row) {
  co_return call.store().permit<Action::read, Resource::template_>(sql::object_of(row));
}

struct Source {
  FileId file;
  std::string example;
  std::string archive;
};

Task<Result<Source>> source_of(http::Call& call, const api::CreateTemplateVersionRequest& ask, const Examples& examples) {
  if (ask.example_id && !ask.example_id->empty()) {
    if (ask.file_id) co_return fail(Code::invalid, "You cannot specify both an example_id and a file_id.");
    auto archive = examples.archive(*ask.example_id);
    if (!archive) co_return fail(Code::not_found, fmt::format("Template example \"{}\" not found.", *ask.example_id));
    CO_TRY(kept, co_await files::keep(call, "application/x-tar", *archive));
    co_return Source{kept.id, *ask.example_id, std::move(*archive)};
  }
  if (!ask.file_id || ask.file_id->is_nil())
    co_return fail_field("Validation failed.", "file_id", "Upload an archive first and give its id, or an example_id.");
  CO_TRY(archive, co_await files::read(call, FileId{*ask.file_id}));
  co_return Source{FileId{*ask.file_id}, {}, std::move(archive)};
}

// Where the import runs: as it was asked, and as the template says with what its variables and parameters are by default.
struct Routing {
  std::string source;  // of the template's tags
  jobs::Tags tags;
};

Task<Result<Routing>> routing_of(http::Call& call, const api::CreateTemplateVersionRequest& ask, const std::string& archive) {
  const auto look = [&] { return tag_source(archive); };
  CO_TRY(source, co_await aio::blocking(look));
  TagInputs inputs{.variables = {}, .parameters = {}, .owner = call.actor().name};
  if (ask.user_variable_values)
    for (const auto& variable : *ask.user_variable_values) inputs.variables[variable.name] = variable.value;
  CO_TRY(wanted, tags_of(source, inputs));
  auto tags = jobs::tags_for(call.actor().user_id, ask.tags);
  for (auto& [name, value] : wanted) tags[name] = std::move(value);
  co_return Routing{std::move(source), std::move(tags)};
}

std::string input_of(TemplateVersionId id, const std::optional<std::vector<api::VariableValue>>& variables) {
  std::string json = "{\"template_version_id\":\"" + id.str() + "\"";
  if (variables) json += ",\"user_variable_values\":" + api::to_json(*variables);
  return json + "}";
}

// What is stored of a version, and is not to be seen in its row.
struct NewVersion {
  const sql::Version& row;
  const std::string& example;
  const std::string& workspace_tags;
  Time now;
};

Task<Result<void>> insert_into(store::Tx& tx, const sql::Template& parent, const NewVersion& version, jobs::NewJob job) {
  CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(parent))));
  CO_CHECK(co_await jobs::post(tx, may, std::move(job)));
  const sql::InsertVersionArgs args{.version_id = version.row.id,
                                    .name = version.row.name,
                                    .message = version.row.message,
                                    .job_id = version.row.job_id,
                                    .created_by = version.row.created_by,
                                    .source_example_id = version.example,
                                    .workspace_tags = version.workspace_tags,
                                    .now = version.now};
  co_return co_await sql::insert_version(tx, may, args);
}

// Of no template yet.
Task<Result<void>> insert_loose(store::Tx& tx, const NewVersion& version, jobs::NewJob job) {
  const rbac::Object loose{.type = Resource::template_, .id = version.row.id.uuid, .organization = version.row.organization_id};
  CO_TRY(may, (tx.permit<Action::create, Resource::template_>(loose)));
  CO_CHECK(co_await jobs::post(tx, may, std::move(job)));
  const sql::InsertLooseVersionArgs args{.name = version.row.name,
                                         .message = version.row.message,
                                         .job_id = version.row.job_id,
                                         .created_by = version.row.created_by,
                                         .source_example_id = version.example,
                                         .workspace_tags = version.workspace_tags,
                                         .now = version.now};
  co_return co_await sql::insert_loose_version(tx, may, args);
}

Task<Result<http::Created<api::TemplateVersion>>> create(http::Call& call, api::CreateTemplateVersionRequest ask, const Examples& examples) {
  CO_TRY(home, co_await organizations::find(call, call.path("organization")));
  const auto organization = home.id;
  call.audited({.resource_type = "template_version", .target = ask.name.value_or(""), .organization = organization});
  if (ask.provisioner != "terraform" && ask.provisioner != "echo" && ask.provisioner != "replay")
    co_return fail_field("Validation failed.", "provisioner", "Use \"terraform\", or \"replay\" for a recorded template.");
  if (ask.name && !ask.name->empty()) CO_CHECK(names::valid_version_name(*ask.name));
  CO_TRY(source, co_await source_of(call, ask, examples));
  CO_TRY(routing, co_await routing_of(call, ask, source.archive));

  const auto id = TemplateVersionId::random();
  const std::string name = ask.name && !ask.name->empty() ? *ask.name : crypto::random_text(10);
  jobs::NewJob job{.type = "template_version_import",
                   .provisioner = ask.provisioner == "terraform" ? "terraform" : "replay",
                   .file_id = source.file,
                   .input = input_of(id, ask.user_variable_values),
                   .tags = routing.tags,
                   .initiator = call.actor().user_id};
  std::optional<sql::Template> parent;
  if (ask.template_id && !ask.template_id->is_nil()) {
    CO_TRY(found, co_await find_template(call, TemplateId{*ask.template_id}));
    if (found.organization_id != organization) co_return not_found();
    parent = std::move(found);
  }
  sql::Version made{.id = id,
                    .organization_id = organization,
                    .name = name,
                    .message = ask.message.value_or(""),
                    .job_id = job.id,
                    .created_by = call.actor().user_id};
  if (parent) made.template_id = parent->id;
  const NewVersion version{made, source.example, routing.source, call.now()};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    tx.trace(http::audit_new(sql::audit_of(made)));
    if (parent) return insert_into(tx, *parent, version, std::move(job));
    return insert_loose(tx, version, std::move(job));
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(row, co_await find_version(call, id));
  CO_TRY(wire, co_await to_wire(call, row));
  co_return http::Created<api::TemplateVersion>{std::move(wire)};
}

Task<Result<api::TemplateVersion>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await to_wire(call, row);
}

Task<Result<api::TemplateVersion>> rename(http::Call& call, api::PatchTemplateVersionRequest ask) {
  CO_TRY(row, co_await of_path(call));
  if (!ask.name.empty()) CO_CHECK(names::valid_version_name(ask.name));
  const std::string name = ask.name.empty() ? row.name : ask.name;
  const std::string message = ask.message.value_or(row.message);
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(row))));
    auto after = row;
    after.name = name;
    after.message = message;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return co_await sql::rename_version(tx, may, name, message, call.now(), row.id);
  };
  CO_CHECK(co_await call.store().tx(body));
  row.name = name;
  row.message = message;
  co_return co_await to_wire(call, row);
}

Task<Result<api::Response>> cancel(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(row))));
    auto before = sql::audit_of(row), after = before;
    before.fields.emplace_back("cancelled", false);
    after.fields.emplace_back("cancelled", true);
    tx.trace(http::audit_change(before, after));
    co_return co_await jobs::cancel(tx, may, row.job_id);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Job has been marked as canceled!", .detail = {}, .validations = {}};
}

template <bool Archive>
Task<Result<api::Response>> set_archived(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  if (!row.template_id) co_return fail(Code::invalid, "A version without a template cannot be archived.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(sql::object_of(row))));
    if constexpr (Archive) {
      if (row.active_version_id == row.id)
        co_return fail(Code::invalid, "The active version of a template cannot be archived. Promote another one first.");
      CO_TRY(used, co_await sql::version_in_use(tx, may, row.id));
      if (used) co_return fail(Code::invalid, "Workspaces still use this version. Update them to a newer one first.");
    }
    auto after = row;
    after.archived = Archive;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return co_await sql::set_archived(tx, may, Archive, call.now(), row.id);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{
      .message = Archive ? "Template version has been archived." : "Template version has been unarchived.", .detail = {}, .validations = {}};
}

Task<Result<http::Handled>> logs(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, co_await read_permit(call, row));
  auto reads = [id = row.id](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(again, co_await sql::version_by_id(now, id));
    co_return again.has_value();
  };
  co_return co_await jobs::answer_logs(call, may, row.job_id, http::Standing(call, authenticator, "version " + row.id.str(), reads));
}

Task<Result<std::vector<api::TemplateVersionParameter>>> parameters(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, co_await after_import(call, row));
  CO_TRY(rows, co_await sql::parameters(call.store(), may, row.id));
  std::vector<api::TemplateVersionParameter> out;
  for (const auto& parameter : rows) out.push_back(to_wire(parameter));
  co_return out;
}

// Also while an import runs and after one that failed: whoever left one out learns which there are.
Task<Result<std::vector<api::TemplateVersionVariable>>> variables(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, co_await read_permit(call, row));
  CO_TRY(rows, co_await sql::variables(call.store(), may, row.id));
  std::vector<api::TemplateVersionVariable> out;
  for (const auto& v : rows)
    out.push_back({.name = v.name,
                   .description = v.description,
                   .type = v.type,
                   .value = v.sensitive ? "" : v.value,
                   .default_value = v.sensitive ? "" : v.default_value,
                   .required = v.required,
                   .sensitive = v.sensitive});
  co_return out;
}

Task<Result<std::vector<api::Preset>>> presets(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, co_await after_import(call, row));
  CO_TRY(rows, co_await sql::presets(call.store(), may, row.id));
  std::vector<api::Preset> out;
  for (const auto& p : rows) {
    api::Preset preset{.ID = p.id.uuid,
                       .Name = p.name,
                       .Parameters = {},
                       .Default = p.is_default,
                       .DesiredPrebuildInstances = {},
                       .Description = p.description,
                       .Icon = p.icon};
    if (p.desired_instances) preset.DesiredPrebuildInstances = *p.desired_instances;
    for (std::size_t i = 0; i < p.names.size(); ++i) preset.Parameters.push_back({.Name = p.names[i], .Value = p.values[i]});
    out.push_back(std::move(preset));
  }
  co_return out;
}

Task<Result<std::vector<api::WorkspaceResource>>> resources(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, co_await after_import(call, row));
  CO_TRY(found, co_await resources::load_resources(call.store(), may, {row.job_id}));
  co_return std::move(found[row.job_id]);
}

Task<Result<std::vector<api::TemplateVersionExternalAuth>>> external_auth(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_CHECK(co_await after_import(call, row));
  // No provider can be configured yet, so a version that asks for one asks for something that is not there.
  CO_TRY(asked, api::from_json<std::vector<std::map<std::string, api::json::Raw>>>(row.external_auth.text));
  if (asked.empty()) co_return std::vector<api::TemplateVersionExternalAuth>();
  co_return fail(
      Code::not_found,
      fmt::format("The template version references a Git auth provider {} that is not configured on this server.", asked.front()["id"].text),
      "Update the template to a version that does not need it.");
}

}  // namespace

Task<Result<store::Judged<Action::read, Resource::template_>>> after_import(http::Call& call, const sql::Version& row) {
  CO_TRY(may, co_await read_permit(call, row));
  CO_TRY(jobs, co_await jobs::load(call.store(), may, {row.job_id}));
  if (!jobs[row.job_id].completed_at) co_return fail(Code::precondition, "Template version job hasn't completed!");
  co_return may;
}

void add_version_routes(http::Routes& routes, const Examples& examples, http::Authenticator& authenticator) {
  using http::Audit, http::Auth, http::Rate;
  const std::string one = "/api/v2/templateversions/{templateversion}";
  routes.post<Auth::user, Audit::create>(
      "/api/v2/organizations/{organization}/templateversions",
      [&examples](http::Call& call, api::CreateTemplateVersionRequest ask) { return create(call, std::move(ask), examples); });
  routes.get<Auth::user, Audit::none>(one, show);
  routes.patch<Auth::user, Audit::write>(one, rename);
  routes.patch<Auth::user, Audit::write>(one + "/cancel", cancel);
  routes.post<Auth::user, Audit::write>(one + "/archive", set_archived<true>);
  routes.post<Auth::user, Audit::write>(one + "/unarchive", set_archived<false>);
  routes.get<Auth::user, Audit::none>(one + "/logs", [&authenticator](http::Call& call) { return logs(call, authenticator); });
  routes.get<Auth::user, Audit::none>(one + "/rich-parameters", parameters);
  routes.get<Auth::user, Audit::none>(one + "/variables", variables);
  routes.get<Auth::user, Audit::none>(one + "/presets", presets);
  routes.get<Auth::user, Audit::none>(one + "/resources", resources);
  routes.get<Auth::user, Audit::none>(one + "/external-auth", external_auth);
}

}  // namespace slipway::templates
