// Libgcrypt for Swift: checksums.
#include <gcrypt.h>
