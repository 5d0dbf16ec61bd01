// GnuTLS for Swift: what it has as macros.
#ifndef VISAGE_CGNUTLS_SHIM_H
#define VISAGE_CGNUTLS_SHIM_H

#include <gnutls/gnutls.h>

static inline unsigned visage_gnutls_client(void) { return GNUTLS_CLIENT; }
static inline unsigned visage_gnutls_name_dns(void) { return GNUTLS_NAME_DNS; }
static inline void visage_gnutls_free(void *memory) { gnutls_free(memory); }

#endif
