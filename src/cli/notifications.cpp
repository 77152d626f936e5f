#include "api/gen/notifications.hpp"

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "net/message.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "kind, user, method, status, attempts, reason, since, id";
constexpr const char* kAll = "/api/v2/notifications";

struct Options {
  std::string title, message, retry, drop, status, user;
  std::int64_t limit = 50;
  TableFlags flags;
};

Result<int> pause(Session& session, bool paused) {
  const api::NotificationsSettings ask{.notifier_paused = paused};
  TRY(answer, session.request("PUT", std::string(kAll) + "/settings", api::to_json(ask), "application/json"));
  const bool already = answer.status == 304;
  if (!already && (answer.status < 200 || answer.status > 299)) return std::unexpected(error_of(answer.status, answer.body));
  if (paused)
    tell("Notifications {} paused: nothing leaves by mail or webhook. Inboxes go on.\n", already ? "were already" : "are");
  else
    tell("Notifications {}.\n", already ? "were not paused" : "leave again, the oldest first");
  return 0;
}

Result<int> test(Session& session) {
  TRY_OK(session.call("POST", std::string(kAll) + "/test", {}));
  tell("A test is on its way to you. If it does not arrive, look at: slipway notifications dead\n");
  return 0;
}

Result<int> custom(Session& session, const Options& options) {
  const api::CustomNotificationRequest ask{.content = api::CustomNotificationContent{.title = options.title, .message = options.message}};
  TRY_OK(session.call("POST", std::string(kAll) + "/custom", api::to_json(ask)));
  tell("Sent to you.\n");
  return 0;
}

Result<int> dead(Session& session, const Options& options) {
  const std::string messages = std::string(kAll) + "/messages";
  if (!options.retry.empty() && !options.drop.empty())
    return fail(Code::invalid, "A message is tried again or given up, not both.", "Give --retry or --drop.");
  if (!options.retry.empty()) {
    TRY_OK(session.call("POST", messages + "/" + segment(options.retry) + "/retry", {}));
    tell("It is tried again now.\n");
    return 0;
  }
  if (!options.drop.empty()) {
    TRY_OK(session.call("DELETE", messages + "/" + segment(options.drop), {}));
    tell("It is given up.\n");
    return 0;
  }
  const auto path = fmt::format("{}?limit={}&status={}&user={}", messages, options.limit, segment(options.status), segment(options.user));
  TRY(found, session.get<std::vector<api::NotificationMessage>>(path));
  Table table({"kind", "user", "method", "status", "attempts", "reason", "since", "id"});
  for (const auto& one : found)
    table.add({one.template_name, one.username, one.method, one.status, std::to_string(one.attempt_count), one.status_reason,
               to_rfc3339(std::chrono::floor<Seconds>(one.updated_at)), one.id.str()});
  return table.print(options.flags, api::to_json(found), "Nothing is undelivered.");
}

void add_dead(Command notifications) {
  auto options = std::make_shared<Options>();
  auto command = notifications.sub("dead", "Show what could not be delivered, and try it again",
                                   "slipway notifications dead\n"
                                   "slipway notifications dead --retry 6f1c7a52-9c0e-4d55-8b0a-1f2f5a3c9d10\n"
                                   "slipway notifications dead --status temporary_failure --output json");
  command.option("--retry", options->retry, "Try the message of this id again, now");
  command.option("--drop", options->drop, "Give up the message of this id");
  command.option("--status", options->status,
                 "Messages of these states instead: pending, leased, sent, temporary_failure, permanent_failure, inhibited");
  command.option("--user", options->user, "Messages to this person: a username or an id");
  command.option("--limit", options->limit, "How many at most");
  options->flags.add_to(command, kColumns);
  command.run([options](Session& session) { return dead(session, *options); });
}

}  // namespace

void add_notifications(Command root) {
  auto notifications = root.sub("notifications", "What people are told by mail, webhook and inbox").alias("notification");

  auto pausing = notifications.sub("pause", "Hold back all mails and calls to the webhook", "slipway notifications pause");
  pausing.run([](Session& session) { return pause(session, true); });

  auto resuming = notifications.sub("resume", "Let them leave again, the oldest first", "slipway notifications resume");
  resuming.run([](Session& session) { return pause(session, false); });

  auto testing = notifications.sub("test", "Send yourself a test", "slipway notifications test");
  testing.run([](Session& session) { return test(session); });

  auto options = std::make_shared<Options>();
  auto sending = notifications.sub("custom", "Send yourself a message, such as at the end of a long job",
                                   "make && slipway notifications custom \"Build done\" \"All tests pass.\"");
  sending.argument("title", options->title, "Its title, at most 120 bytes");
  sending.argument("message", options->message, "Its text, at most 2000 bytes");
  sending.run([options](Session& session) { return custom(session, *options); });

  add_dead(notifications);
}

}  // namespace slipway::cli
