/* SHA-256 as FIPS 180-4 defines it. */
#ifndef PROBE_SHA256_H
#define PROBE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const unsigned char *bytes, size_t length);
/* Ends the hash and writes 64 hexadecimal digits and a NUL. */
void sha256_finish(struct sha256 *hash, char hexadecimal[65]);

#endif
