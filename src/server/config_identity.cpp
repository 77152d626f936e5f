// The settings of cloud instance identity.
#include "server/settings.hpp"

namespace slipway::server {

std::vector<Setting> identity_settings(identity::Options& to) {
  return {
      {"instance-identity-providers",
       {"CODER_INSTANCE_IDENTITY_PROVIDERS"},
       "",
       "",
       "Clouds whose machines may prove themselves: aws, azure, google; none is none of them.",
       list(to.providers)},
      {"aws-instance-identity-certificates",
       {"CODER_AWS_INSTANCE_IDENTITY_CERTIFICATES"},
       "",
       "",
       "PEM file with the only certificates that sign documents of AWS, or a folder of <region>.pem, each instead of that region's. Else those "
       "that Slipway brings along.",
       text(to.aws_certificates)},
      {"azure-instance-identity-roots",
       {"CODER_AZURE_INSTANCE_IDENTITY_ROOTS"},
       "",
       "",
       "PEM file with the roots that signers of Azure lead to. Else the system's.",
       text(to.azure_roots)},
      {"azure-instance-identity-intermediates",
       {"CODER_AZURE_INSTANCE_IDENTITY_INTERMEDIATES"},
       "",
       "",
       "PEM file with the certificates between those signers and the roots. Else those that Slipway brings along.",
       text(to.azure_intermediates)},
      {"google-instance-identity-jwks",
       {"CODER_GOOGLE_INSTANCE_IDENTITY_JWKS"},
       "",
       "",
       "URL or file of the key set that Google's tokens are signed with.",
       text(to.google_jwks)},
      {"google-instance-identity-audience",
       {"CODER_GOOGLE_INSTANCE_IDENTITY_AUDIENCE"},
       "",
       "",
       "Audience that those tokens must be for; * is any.",
       text(to.google_audience)},
      {"google-instance-identity-issuers",
       {"CODER_GOOGLE_INSTANCE_IDENTITY_ISSUERS"},
       "",
       "",
       "Issuers that those tokens may be from. Unless set, Google's two, or any with another key set.",
       list(to.google_issuers)},
      {"instance-identity-offline",
       {"CODER_INSTANCE_IDENTITY_OFFLINE"},
       "",
       "",
       "Fetch nothing for want of a key or certificate; Google's tokens then need a key set in a file.",
       flag(to.offline)},
  };
}

}  // namespace slipway::server
