// The functions of SHA-256 that need no memory of their own are deprecated since OpenSSL 3.0, not removed.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
