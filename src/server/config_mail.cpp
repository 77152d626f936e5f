// The settings of mail, by the names that existing deployments set.
#include "server/settings.hpp"

namespace slipway::server {

std::vector<Setting> mail_settings(net::MailOptions& to) {
  return {
      {"email-from", {"CODER_EMAIL_FROM"}, "Address that mail comes from, such as Slipway <slipway@example.com>.", text(to.from)},
      {"email-smarthost", {"CODER_EMAIL_SMARTHOST"}, "Mail server, such as mail.example.com:587. Without one no mail is sent.", text(to.smarthost)},
      {"email-hello", {"CODER_EMAIL_HELLO"}, "Name of this machine, as the mail server is told; localhost unless set.", text(to.hello)},
      {"email-force-tls",
       {"CODER_EMAIL_FORCE_TLS"},
       "Speak TLS with the mail server from the first byte; always so on port 465.",
       flag(to.force_tls),
       true},
      {"email-auth-identity",
       {"CODER_EMAIL_AUTH_IDENTITY"},
       "Identity to act as at the mail server, when it is not the username.",
       text(to.identity)},
      {"email-auth-username", {"CODER_EMAIL_AUTH_USERNAME"}, "Username at the mail server.", text(to.username)},
      {"email-auth-password",
       {"CODER_EMAIL_AUTH_PASSWORD"},
       "Password at the mail server; sent to other machines under TLS only.",
       secret(to.password)},
      {"email-auth-password-file", {"CODER_EMAIL_AUTH_PASSWORD_FILE"}, "File that holds it; readable by its owner alone.", secret_file(to.password)},
      {"email-tls-starttls", {"CODER_EMAIL_TLS_STARTTLS"}, "Go over to TLS by STARTTLS; a server that cannot gets no mail.", flag(to.starttls), true},
      {"email-tls-server-name",
       {"CODER_EMAIL_TLS_SERVERNAME"},
       "Name that the mail server's certificate must have, when it is not the smarthost's.",
       text(to.server_name)},
      {"email-tls-skip-verify", {"CODER_EMAIL_TLS_SKIPVERIFY"}, "Believe any certificate of the mail server. Insecure.", flag(to.skip_verify), true},
      {"email-tls-ca-cert-file",
       {"CODER_EMAIL_TLS_CACERTFILE"},
       "PEM authorities that the mail server's certificate may be of; the system's unless set.",
       text(to.ca_file)},
      {"email-tls-cert-file", {"CODER_EMAIL_TLS_CERTFILE"}, "PEM certificate to show to the mail server.", text(to.cert_file)},
      {"email-tls-cert-key-file",
       {"CODER_EMAIL_TLS_CERTKEYFILE"},
       "PEM private key of that certificate; readable by its owner alone.",
       private_path(to.key_file)},
  };
}

}  // namespace slipway::server
