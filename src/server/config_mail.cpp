// The settings of mail, by the names that existing deployments set.
#include "server/settings.hpp"

namespace slipway::server {

namespace {

std::vector<Setting> settings_in(net::MailOptions& to) {
  return {
      {"email-from",
       {"CODER_EMAIL_FROM", "CODER_NOTIFICATIONS_EMAIL_FROM"},
       "email.from",
       "notifications.email.from",
       "Address that mail comes from, such as Slipway <slipway@example.com>.",
       text(to.from)},
      {"email-smarthost",
       {"CODER_EMAIL_SMARTHOST", "CODER_NOTIFICATIONS_EMAIL_SMARTHOST"},
       "email.smarthost",
       "notifications.email.smarthost",
       "Mail server, such as mail.example.com:587. Without one no mail is sent.",
       text(to.smarthost)},
      {"email-hello",
       {"CODER_EMAIL_HELLO", "CODER_NOTIFICATIONS_EMAIL_HELLO"},
       "email.hello",
       "notifications.email.hello",
       "Name of this machine, as the mail server is told; localhost unless set.",
       text(to.hello)},
      {"email-force-tls",
       {"CODER_EMAIL_FORCE_TLS", "CODER_NOTIFICATIONS_EMAIL_FORCE_TLS"},
       "email.forceTLS",
       "notifications.email.force_tls",
       "Speak TLS with the mail server from the first byte; always so on port 465.",
       flag(to.force_tls)},
      {"email-auth-identity",
       {"CODER_EMAIL_AUTH_IDENTITY", "CODER_NOTIFICATIONS_EMAIL_AUTH_IDENTITY"},
       "email.emailAuth.identity",
       "notifications.email.auth.identity",
       "Identity to act as at the mail server, when it is not the username.",
       text(to.identity)},
      {"email-auth-username",
       {"CODER_EMAIL_AUTH_USERNAME", "CODER_NOTIFICATIONS_EMAIL_AUTH_USERNAME"},
       "email.emailAuth.username",
       "notifications.email.auth.username",
       "Username at the mail server.",
       text(to.username)},
      {"email-auth-password",
       {"CODER_EMAIL_AUTH_PASSWORD", "CODER_NOTIFICATIONS_EMAIL_AUTH_PASSWORD"},
       "",
       "notifications.email.auth.password",
       "Password at the mail server; sent to other machines under TLS only.",
       secret(to.password)},
      {"email-auth-password-file",
       {"CODER_EMAIL_AUTH_PASSWORD_FILE", "CODER_NOTIFICATIONS_EMAIL_AUTH_PASSWORD_FILE"},
       "email.emailAuth.passwordFile",
       "notifications.email.auth.password_file",
       "File that holds it; readable by its owner alone.",
       secret_file(to.password)},
      {"email-tls-starttls",
       {"CODER_EMAIL_TLS_STARTTLS", "CODER_NOTIFICATIONS_EMAIL_TLS_STARTTLS"},
       "email.emailTLS.startTLS",
       "notifications.email.tls.start_tls",
       "Go over to TLS by STARTTLS; a server that cannot gets no mail.",
       flag(to.starttls)},
      {"email-tls-server-name",
       {"CODER_EMAIL_TLS_SERVERNAME", "CODER_NOTIFICATIONS_EMAIL_TLS_SERVERNAME"},
       "email.emailTLS.serverName",
       "notifications.email.tls.server_name",
       "Name that the mail server's certificate must have, when it is not the smarthost's.",
       text(to.server_name)},
      {"email-tls-skip-verify",
       {"CODER_EMAIL_TLS_SKIPVERIFY", "CODER_NOTIFICATIONS_EMAIL_TLS_SKIPVERIFY"},
       "email.emailTLS.insecureSkipVerify",
       "notifications.email.tls.insecure_skip_verify",
       "Believe any certificate of the mail server. Insecure.",
       flag(to.skip_verify)},
      {"email-tls-ca-cert-file",
       {"CODER_EMAIL_TLS_CACERTFILE", "CODER_NOTIFICATIONS_EMAIL_TLS_CACERTFILE"},
       "email.emailTLS.caCertFile",
       "notifications.email.tls.ca_file",
       "PEM authorities that the mail server's certificate may be of; the system's unless set.",
       text(to.ca_file)},
      {"email-tls-cert-file",
       {"CODER_EMAIL_TLS_CERTFILE", "CODER_NOTIFICATIONS_EMAIL_TLS_CERTFILE"},
       "email.emailTLS.certFile",
       "notifications.email.tls.cert_file",
       "PEM certificate to show to the mail server.",
       text(to.cert_file)},
      {"email-tls-cert-key-file",
       {"CODER_EMAIL_TLS_CERTKEYFILE", "CODER_NOTIFICATIONS_EMAIL_TLS_CERTKEYFILE"},
       "email.emailTLS.certKeyFile",
       "notifications.email.tls.key_file",
       "PEM private key of that certificate; readable by its owner alone.",
       private_path(to.key_file)},
  };
}

}  // namespace

// Each is known under "notifications" as well.
std::vector<Setting> mail_settings(net::MailOptions& to) {
  auto all = settings_in(to);
  for (auto& setting : all) {
    setting.older_flag = "notifications-" + setting.flag;
    if (!setting.yaml.empty()) setting.older_yaml = "notifications." + setting.yaml;
    setting.older_variables = "_NOTIFICATIONS_EMAIL_";
  }
  return all;
}

}  // namespace slipway::server
