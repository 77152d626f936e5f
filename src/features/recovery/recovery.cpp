// The code and its mail: what goes on after the answer.
#include "features/recovery/recovery.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/recovery/gen/recovery_sql.hpp"
#include "http/audit.hpp"
#include "net/url.hpp"

namespace slipway::recovery {

namespace {

constexpr std::size_t kCode = 32;  // letters and digits: 190 bits
constexpr Seconds kGood{20 * 60};
constexpr int kMails = 3;  // of one account, in
constexpr Seconds kMailsIn{10 * 60};
constexpr std::size_t kAtOnce = 32;  // on one loop
constexpr Milliseconds kSending{30'000};

std::string text_of(const std::string& username, const std::string& link) {
  return fmt::format(
      "Hello {},\n"
      "\n"
      "somebody asked for a new password for your account. To choose one, open this link within {} minutes:\n"
      "\n"
      "{}\n"
      "\n"
      "It works once. If it was not you who asked, do nothing: your password stays as it is.\n",
      username, kGood.count() / 60, link);
}

}  // namespace

Recovery::Recovery(std::size_t loops, net::MailOptions mail) : mail_(std::make_shared<const net::MailOptions>(std::move(mail))), loops_(loops) {}
Recovery::~Recovery() = default;

std::shared_ptr<const net::MailOptions> Recovery::mail() const {
  const std::lock_guard lock(mutex_);
  return mail_;
}

void Recovery::exchange_password(Secret password) {
  auto fresh = *mail();
  fresh.password = std::move(password);
  const std::lock_guard lock(mutex_);
  mail_ = std::make_shared<const net::MailOptions>(std::move(fresh));
}

bool Recovery::begin(http::Home& home, Ask ask) {
  auto& nursery = loops_[home.index];
  if (!nursery) nursery = std::make_unique<aio::Nursery>(home.executor, kAtOnce);
  auto run = [](Recovery* recovery, http::Home* at, Ask asked) -> Task<void> { co_await recovery->work(*at, std::move(asked)); };
  return nursery->start(run, this, &home, std::move(ask));
}

Task<void> Recovery::stop(std::size_t loop) {
  stopping_ = true;
  if (loops_[loop]) co_await loops_[loop]->stop();
}

Task<void> Recovery::work(http::Home& home, Ask ask) {
  const auto done = co_await renew_and_send(home, ask);
  if (!done && done.error().code != Code::cancelled)
    log::warn("a mail with a one-time passcode was not sent",
              {{"say", done.error().say}, {"why", done.error().why}, {"next", done.error().detail}, {"request_id", ask.origin->request.str()}});
}

Task<Result<void>> Recovery::renew_and_send(http::Home& home, const Ask& ask) {
  const auto options = mail();
  if (!options->enabled())
    co_return fail(Code::unavailable, "This deployment has no mail server.", "Set --email-smarthost and --email-from (docs/guide/mail.md).");
  auto open = home.db.open();
  CO_TRY(account, co_await sql::account(open, ask.email));
  if (!account) co_return Result<void>();
  CO_TRY(to, net::MailAddress::parse(account->email));

  const std::string code = crypto::random_text(kCode);
  auto duty = home.db.duty<rbac::Duty::recovery>(std::make_shared<store::Cost>(), ask.origin);
  const Time now = home.db.clock().now();
  const sql::RenewArgs args{.user_id = account->id,
                            .passcode_hash = {crypto::sha256(code)},
                            .expires_at = now + kGood,
                            .now = now,
                            .counts_since = now - kMailsIn,
                            .most = kMails};
  auto body = [&](store::DutyTx<rbac::Duty::recovery>& tx) -> Task<Result<void>> {
    CO_TRY(renewed, co_await sql::renew(tx, args));
    if (renewed == 0)
      co_return fail(Code::too_many, fmt::format("The account was sent {} of them in the last {} minutes.", kMails, kMailsIn.count() / 60));
    auto asked = http::audit_about({.type = "user", .id = account->id.uuid, .target = account->username});
    asked.user = account->id;
    tx.tx().trace(std::move(asked));
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));

  const std::string link = fmt::format("{}/reset-password/change?otp={}&email={}", home.site->access_url, code, net::percent_encode(account->email));
  const net::Mail mail{.to = std::move(to), .subject = "Choose a new password for Slipway", .text = text_of(account->username, link)};
  const auto send = [&] { return net::send_mail(*options, mail, now, kSending, stopping_); };
  co_return co_await aio::waiting(send);
}

}  // namespace slipway::recovery
