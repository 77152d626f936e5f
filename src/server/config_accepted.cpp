// Options of existing deployments that have no effect here. What asks for nothing that is missing is satisfied without a word, what
// asks for a protection that would be missing refuses the start, the rest is named once.
#include "server/settings.hpp"

namespace slipway::server {

namespace {

using Say = Accepted::Say;

constexpr std::string_view kUnbuilt = "not built yet";
constexpr std::string_view kRelay = "connections need no relay servers";
constexpr std::string_view kTelemetry = "nothing is reported to anybody";
constexpr std::string_view kModels = "there are no AI features";

// The first that fits counts.
constexpr Accepted kAccepted[] = {
    {"BLOCK_DIRECT", "networking.derp.blockDirect", "block-direct-connections", "*", Say::nothing, "", true},
    {"DERP_SERVER_STUN_ADDRESSES", "networking.derp.stunAddresses", "", "disable", Say::name, kRelay},
    {"DERP_*", "networking.derp.*", "", "", Say::name, kRelay},
    {"TELEMETRY_ENABLE", "telemetry.enable", "telemetry", "false", Say::name, kTelemetry, true},
    {"TELEMETRY_TRACE", "", "telemetry-trace", "", Say::name, kTelemetry, true},
    {"TELEMETRY_URL", "telemetry.*", "", "", Say::name, kTelemetry},
    {"UPDATE_CHECK", "updateCheck", "", "false", Say::name, "releases are not looked for", true},
    {"TUNNEL", "", "", "false", Say::name, "there is no public tunnel: set --access-url", true},
    {"CLUSTER_HOST", "clusterHost", "", "*", Say::nothing, ""},
    {"PPROF_ADDRESS", "introspection.pprof.address", "", "*", Say::nothing, ""},
    {"PPROF_ENABLE", "introspection.pprof.enable", "", "false", Say::name, "there is no pprof", true},
    {"PROVISIONER_TYPES", "", "", "terraform", Say::name, "terraform is the one type"},
    {"SSH_KEYGEN_ALGORITHM", "sshKeygenAlgorithm", "", "ed25519", Say::name, "keys are ed25519"},
    {"OAUTH2_GITHUB_DEFAULT_PROVIDER_ENABLE", "oauth2.github.defaultProviderEnable", "", "false", Say::name, "there is no provider of ours", true},
    {"EXTERNAL_AUTH_GITHUB_DEFAULT_PROVIDER_ENABLE", "externalAuthGithubDefaultProviderEnable", "", "false", Say::name,
     "there is no provider of ours", true},
    {"PG_AUTH", "pgAuth", "postgres-auth", "password", Say::refuse,
     "only \"password\" is built. Unset it, and give the database's password in --postgres-url or --postgres-url-file."},
    {"TLS_CLIENT_AUTH", "networking.tls.clientAuth", "", "none", Say::refuse,
     "certificates of clients are not asked for yet. Unset it, and let a reverse proxy ask for them."},
    {"BROWSER_ONLY", "networking.browserOnly", "", "false", Say::refuse,
     "connections other than a browser's cannot be shut out yet. Unset it to start without that.", true},
    {"EXTERNAL_TOKEN_ENCRYPTION_KEYS*", "externalTokenEncryptionKeys", "", "", Say::refuse,
     "tokens in the database cannot be encrypted yet. Unset it to start without that."},
    {"DANGEROUS_OIDC_SKIP_ISSUER_CHECKS", "oidc.dangerousSkipIssuerChecks", "", "false", Say::refuse,
     "the issuer is always checked, or any provider could sign in anybody. Set --oidc-issuer-url to what the provider calls itself.", true},
    {"TRACE_*", "introspection.tracing.*", "trace", "false", Say::name, "there is no tracing"},
    {"WGTUNNEL_HOST", "", "", "", Say::name, kRelay},
    {"CHAT_*", "chat.*", "", "", Say::name, kModels},
    {"AI_*", "ai.*", "", "", Say::name, kModels},
    {"AIBRIDGE_*", "aibridge.*", "", "", Say::name, kModels},
    {"HIDE_AI_TASKS", "client.hideAITasks", "", "*", Say::nothing, "", true},
    {"DISABLE_CHAT_SHARING", "disableChatSharing", "", "*", Say::nothing, "", true},
    {"TEMPLATE_BUILDER_*", "templateBuilder.*", "", "", Say::name, kUnbuilt},
    {"EXTERNAL_AUTH_*", "externalAuthProviders", "", "", Say::name, kUnbuilt},
    {"GITAUTH_*", "", "", "", Say::name, kUnbuilt},
    {"SCIM_*", "scim*", "", "", Say::name, kUnbuilt},
    {"QUIET_HOURS_DEFAULT_SCHEDULE", "userQuietHoursSchedule.*", "default-quiet-hours-schedule", "", Say::name, kUnbuilt},
    {"ALLOW_CUSTOM_QUIET_HOURS", "", "", "", Say::name, kUnbuilt, true},
    {"OIDC_ORGANIZATION_*", "oidc.organization*", "", "", Say::name, kUnbuilt},
    {"OIDC_CLIENT_KEY_FILE", "oidc.oidcClientKeyFile", "", "", Say::name, kUnbuilt},
    {"OIDC_CLIENT_CERT_FILE", "oidc.oidcClientCertFile", "", "", Say::name, kUnbuilt},
    {"TLS_CLIENT_CA_FILE", "networking.tls.clientCAFile", "", "", Say::name, kUnbuilt},
    {"TLS_CLIENT_CERT_FILE", "networking.tls.clientCertFile", "", "", Say::name, kUnbuilt},
    {"TLS_CLIENT_KEY_FILE", "networking.tls.clientKeyFile", "", "", Say::name, kUnbuilt},
    {"TLS_ALLOW_INSECURE_CIPHERS", "networking.tls.tlsAllowInsecureCiphers", "", "false", Say::name, "insecure suites are never offered", true},
    {"PROXY_HEALTH_INTERVAL", "networking.http.proxyHealthInterval", "", "", Say::name,
     "workspace proxies say by themselves how they are, every 30 seconds"},
    {"PROVISIONER_DAEMON_PSK", "", "", "", Say::name, "daemons have keys: slipway provisioner keys create"},
    {"PROVISIONER_DAEMON_PSK_FILE", "", "", "", Say::name, "daemons have keys: slipway provisioner keys create"},
    {"PROVISIONER_DAEMON_POLL_JITTER", "provisioning.daemonPollJitter", "", "*", Say::nothing, ""},
    {"EXPERIMENTS", "experiments", "", "", Say::name, "there are no experiments"},
    {"SWAGGER_ENABLE", "enableSwagger", "", "false", Say::name, kUnbuilt, true},
    {"DEFAULT_OAUTH_REFRESH_LIFETIME", "defaultOAuthRefreshLifetime", "", "", Say::name, kUnbuilt},
    {"PROMETHEUS_AGGREGATE_AGENT_STATS_BY", "introspection.prometheus.aggregate_agent_stats_by", "", "", Say::name, kUnbuilt},
    {"HEALTH_CHECK_*", "introspection.healthcheck.*", "", "", Say::name, kUnbuilt},
    {"STATS_COLLECTION_*", "introspection.statsCollection.*", "", "true", Say::name, kUnbuilt, true},
    {"WEB_TERMINAL_RENDERER", "client.webTerminalRenderer", "", "canvas", Say::name, "the terminal of the dashboard has one renderer"},
    {"AGENT_FALLBACK_TROUBLESHOOTING_URL", "agentFallbackTroubleshootingURL", "", "", Say::name, kUnbuilt},
    // Settings whose building goes on in parts.
    {"TLS_REDIRECT_HTTP_TO_HTTPS", "networking.tls.redirectHTTP", "", "false", Say::name, "set --redirect-to-access-url", true},
    {"JOB_HANG_DETECTOR_INTERVAL", "jobHangDetectorInterval", "", "", Say::name, "silent jobs are looked for several times within --job-timeout"},
};

}  // namespace

std::span<const Accepted> accepted_options() { return kAccepted; }

}  // namespace slipway::server
