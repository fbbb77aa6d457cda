#include "sha256.h"

#include <stdio.h>
#include <string.h>

/* FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static void take_block(struct sha256 *hash, const unsigned char *block)
{
    uint32_t schedule[64];
    for (int index = 0; index < 16; index++)
        schedule[index] = (uint32_t)block[4 * index] << 24 | (uint32_t)block[4 * index + 1] << 16 |
                          (uint32_t)block[4 * index + 2] << 8 | block[4 * index + 3];
    for (int index = 16; index < 64; index++) {
        uint32_t early = schedule[index - 15], late = schedule[index - 2];
        uint32_t small0 = turned(early, 7) ^ turned(early, 18) ^ early >> 3;
        uint32_t small1 = turned(late, 17) ^ turned(late, 19) ^ late >> 10;
        schedule[index] = schedule[index - 16] + small0 + schedule[index - 7] + small1;
    }
    uint32_t a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3];
    uint32_t e = hash->state[4], f = hash->state[5], g = hash->state[6], h = hash->state[7];
    for (int round = 0; round < 64; round++) {
        uint32_t big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
        uint32_t first = h + big1 + ((e & f) ^ (~e & g)) + constants[round] + schedule[round];
        uint32_t big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
        uint32_t second = big0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint32_t ended[8] = {a, b, c, d, e, f, g, h};
    for (int index = 0; index < 8; index++)
        hash->state[index] += ended[index];
}

void sha256_start(struct sha256 *hash)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, initial, sizeof initial);
    hash->length = 0;
}

void sha256_add(struct sha256 *hash, const unsigned char *bytes, size_t length)
{
    size_t held = hash->length % 64;
    hash->length += length;
    if (held + length < 64) {
        if (length > 0)
            memcpy(hash->block + held, bytes, length);
        return;
    }
    if (held > 0) {
        memcpy(hash->block + held, bytes, 64 - held);
        take_block(hash, hash->block);
        bytes += 64 - held;
        length -= 64 - held;
    }
    for (; length >= 64; bytes += 64, length -= 64)
        take_block(hash, bytes);
    memcpy(hash->block, bytes, length);
}

void sha256_finish(struct sha256 *hash, char hexadecimal[65])
{
    uint64_t bits = hash->length * 8;
    unsigned char padding[72] = {0x80};
    size_t zeros = (119 - hash->length % 64) % 64;
    for (int index = 0; index < 8; index++)
        padding[1 + zeros + (size_t)index] = (unsigned char)(bits >> (56 - 8 * index));
    sha256_add(hash, padding, 1 + zeros + 8);
    for (int index = 0; index < 8; index++)
        snprintf(hexadecimal + 8 * index, 9, "%08x", hash->state[index]);
}
