#include "api/gen/audit.hpp"

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "time, user, what, target, status, changed, ip, organization, request id, id";

struct Options {
  std::string type, resource, target, action, build_reason, user, email, organization, request, from, to, query;
  std::int64_t limit = 25, offset = 0;
  TableFlags flags;
};

// A value with a blank or a colon in it is quoted.
void add_filter(std::string& query, std::string_view key, const std::string& value) {
  if (value.empty()) return;
  const bool plain = value.find_first_of(" \t:") == std::string::npos;
  query += fmt::format("{}{}:{}", query.empty() ? "" : " ", key, plain ? value : '"' + value + '"');
}

std::string query_of(const Options& options) {
  std::string query = options.query;
  add_filter(query, "resource_type", options.type);
  add_filter(query, "resource_id", options.resource);
  add_filter(query, "resource_target", options.target);
  add_filter(query, "action", options.action);
  add_filter(query, "build_reason", options.build_reason);
  add_filter(query, "username", options.user);
  add_filter(query, "email", options.email);
  add_filter(query, "organization", options.organization);
  add_filter(query, "request_id", options.request);
  add_filter(query, "date_from", options.from);
  add_filter(query, "date_to", options.to);
  return query;
}

// "name: old -> new", as JSON; secrets by their names alone.
std::string changes_of(const api::AuditLog& line) {
  std::string out;
  for (const auto& [field, change] : line.diff) {
    if (!out.empty()) out += ", ";
    if (change.secret)
      out += field;
    else
      out += fmt::format("{}: {} -> {}", field, change.old ? change.old->text : "null", change.new_ ? change.new_->text : "null");
  }
  return out;
}

// The sentence with the names put in.
std::string sentence_of(const api::AuditLog& line) {
  std::string text = line.description;
  const auto put = [&text](std::string_view mark, const std::string& value) {
    if (const auto at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), value);
  };
  put("{user} ", "");  // has a column of its own
  put(" {target}", "");
  return text;
}

Table table_of(const std::vector<api::AuditLog>& lines) {
  Table table({"time", "user", "what", "target", "status", "changed", "ip", "organization", "request id", "id"}, 6);
  for (const auto& line : lines)
    table.add({to_rfc3339(std::chrono::floor<Seconds>(line.time)), line.user ? line.user->username : "", sentence_of(line), line.resource_target,
               std::to_string(line.status_code), changes_of(line), line.ip, line.organization ? line.organization->name : "", line.request_id.str(),
               line.id.str()});
  return table;
}

Result<int> list(Session& session, const Options& options) {
  TRY(found, session.get<api::AuditLogResponse>(
                 fmt::format("/api/v2/audit?limit={}&offset={}&q={}", options.limit, options.offset, segment(query_of(options)))));
  return table_of(found.audit_logs).print(options.flags, api::to_json(found.audit_logs), "Nothing found.");
}

}  // namespace

void add_audit(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("audit", "Who changed what, newest first",
                          "slipway audit --user ana --from 2026-01-31\n"
                          "slipway audit --type workspace_build --action delete\n"
                          "slipway audit --limit 100 --output json");
  command.optional_argument("filter", options->query, "As the API takes it: resource_type:user action:delete ...");
  command.option("--type", options->type, "Kind of object: user, template, workspace, workspace_build, api_key ...");
  command.option("--id", options->resource, "Id of the object");
  command.option("--target", options->target, "Name of the object");
  command.option("--action", options->action, "create, write, delete, start, stop, login or logout");
  command.option("--build-reason", options->build_reason, "initiator, autostart, autostop ...");
  command.option("--user", options->user, "Username of who did it");
  command.option("--email", options->email, "Likewise by email");
  command.option("-O,--org", options->organization, "Organization");
  command.option("--request", options->request, "Id of the request (X-Coder-Request-Id)");
  command.option("--from", options->from, "First day, such as 2026-01-31");
  command.option("--to", options->to, "Last day");
  command.option("--limit", options->limit, "Lines at most");
  command.option("--offset", options->offset, "Lines to leave out at the top");
  options->flags.add_to(command, kColumns);
  command.run([options](Session& session) { return list(session, *options); });
}

}  // namespace slipway::cli
