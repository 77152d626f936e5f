// The settings of notifications, by the names that existing deployments set.
#include "server/settings.hpp"

namespace slipway::server {

namespace {

constexpr std::int64_t kMost = 1000;

// What few deployments ever set: how the outbox works inside.
std::vector<Setting> inner_settings(outbox::Options& to) {
  return {
      {"notifications-retry-interval",
       {"CODER_NOTIFICATIONS_RETRY_INTERVAL"},
       "notifications.retryInterval",
       "notifications.retry_interval",
       "Time from a failed attempt to the next; twice, four and eight times as long after further ones.",
       duration(to.retry_interval)},
      {"notifications-fetch-interval",
       {"CODER_NOTIFICATIONS_FETCH_INTERVAL"},
       "notifications.fetchInterval",
       "notifications.fetch_interval",
       "Messages that are due are looked for so often, besides when there are news.",
       duration(to.fetch_interval)},
      {"notifications-store-sync-interval",
       {"CODER_NOTIFICATIONS_STORE_SYNC_INTERVAL"},
       "notifications.storeSyncInterval",
       "notifications.sync_interval",
       "What came of messages is written down so often while a batch goes on.",
       duration(to.store_sync_interval)},
      {"notifications-store-sync-buffer-size",
       {"CODER_NOTIFICATIONS_STORE_SYNC_BUFFER_SIZE"},
       "notifications.storeSyncBufferSize",
       "notifications.sync_buffer_size",
       "And whenever so many of them wait.",
       number(to.store_sync_buffer, 1, kMost)},
      {"notifications-lease-period",
       {"CODER_NOTIFICATIONS_LEASE_PERIOD"},
       "notifications.leasePeriod",
       "notifications.lease_period",
       "A server has the messages that it took for so long; then another may take them.",
       duration(to.lease_period)},
      {"notifications-lease-count",
       {"CODER_NOTIFICATIONS_LEASE_COUNT"},
       "notifications.leaseCount",
       "notifications.lease_count",
       "Most messages that a server takes at a time.",
       number(to.lease_count, 1, kMost)},
  };
}

}  // namespace

std::vector<Setting> notification_settings(outbox::Options& to) {
  std::vector<Setting> all{
      {"notifications-method",
       {"CODER_NOTIFICATIONS_METHOD"},
       "notifications.method",
       "notifications.method",
       "How notifications leave the deployment, unless their kind says otherwise: smtp or webhook.",
       text(to.method)},
      {"notifications-dispatch-timeout",
       {"CODER_NOTIFICATIONS_DISPATCH_TIMEOUT"},
       "notifications.dispatchTimeout",
       "notifications.dispatch_timeout",
       "Most time that one attempt to deliver may take.",
       duration(to.dispatch_timeout)},
      {"notifications-max-send-attempts",
       {"CODER_NOTIFICATIONS_MAX_SEND_ATTEMPTS"},
       "notifications.maxSendAttempts",
       "notifications.max_send_attempts",
       "Most attempts to deliver a message.",
       number(to.max_send_attempts, 1, kMost)},
      {"notifications-webhook-endpoint",
       {"CODER_NOTIFICATIONS_WEBHOOK_ENDPOINT"},
       "notifications.webhook.endpoint",
       "notifications.webhook.endpoint",
       "Address that is called with each notification.",
       text(to.webhook_endpoint)},
      {"notifications-webhook-secret", {}, "", "", "Secret that signs these calls.", secret(to.webhook_secret)},
      {"notifications-webhook-secret-file",
       {},
       "notifications.webhook.secretFile",
       "",
       "File that holds it; readable by its owner alone.",
       secret_file(to.webhook_secret)},
      {"notifications-omit-email", {}, "notifications.omitEmail", "", "Do not tell the webhook people's e-mail addresses.", flag(to.omit_email)},
      {"notifications-inbox-enabled",
       {"CODER_NOTIFICATIONS_INBOX_ENABLED"},
       "notifications.inbox.enabled",
       "notifications.inbox.enabled",
       "Put notifications into people's inboxes in the dashboard.",
       flag(to.inbox_enabled)},
  };
  auto inner = inner_settings(to);
  all.insert(all.end(), inner.begin(), inner.end());
  return all;
}

}  // namespace slipway::server
