// libssh.a wants GSSAPI, of which there is no static library. It takes these from here and every call says "unavailable", so
// libssh never offers that way of authenticating.
// Signatures are of no matter: each takes what it is given and answers GSS_S_UNAVAILABLE (RFC 2744, 16 << 16).

extern "C" {

extern void* const GSS_C_NT_USER_NAME = nullptr;
extern void* const GSS_C_NT_HOSTBASED_SERVICE = nullptr;

#define SLIPWAY_GSS_UNAVAILABLE(name) \
  unsigned name() { return 16U << 16; }

SLIPWAY_GSS_UNAVAILABLE(gss_accept_sec_context)
SLIPWAY_GSS_UNAVAILABLE(gss_acquire_cred)
SLIPWAY_GSS_UNAVAILABLE(gss_add_oid_set_member)
SLIPWAY_GSS_UNAVAILABLE(gss_create_empty_oid_set)
SLIPWAY_GSS_UNAVAILABLE(gss_display_name)
SLIPWAY_GSS_UNAVAILABLE(gss_display_status)
SLIPWAY_GSS_UNAVAILABLE(gss_get_mic)
SLIPWAY_GSS_UNAVAILABLE(gss_import_name)
SLIPWAY_GSS_UNAVAILABLE(gss_indicate_mechs)
SLIPWAY_GSS_UNAVAILABLE(gss_init_sec_context)
SLIPWAY_GSS_UNAVAILABLE(gss_inquire_cred)
SLIPWAY_GSS_UNAVAILABLE(gss_inquire_cred_by_mech)
SLIPWAY_GSS_UNAVAILABLE(gss_release_buffer)
SLIPWAY_GSS_UNAVAILABLE(gss_release_cred)
SLIPWAY_GSS_UNAVAILABLE(gss_release_name)
SLIPWAY_GSS_UNAVAILABLE(gss_release_oid_set)
SLIPWAY_GSS_UNAVAILABLE(gss_test_oid_set_member)
SLIPWAY_GSS_UNAVAILABLE(gss_verify_mic)

}  // extern "C"
