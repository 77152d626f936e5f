#include "features/users/validate.hpp"

#include "crypto/password.hpp"

namespace slipway::users {

Result<void> valid_email(std::string_view email) {
  const auto at = email.find('@');
  const bool good = at != email.npos && at > 0 && at + 1 < email.size() && email.find('@', at + 1) == email.npos && email.size() <= 254 &&
                    email.find_first_of(" \t\r\n<>,;\"") == email.npos;
  if (good) return {};
  return fail_field("Validation failed.", "email", "Give an address of the form name@example.com.");
}

Result<void> valid_password(std::string_view password) {
  const auto fault = crypto::password_fault(password);
  if (fault.empty()) return {};
  return fail_field("Password not strong enough!", "password", std::string(fault));
}

}  // namespace slipway::users
