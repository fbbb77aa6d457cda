/* One output stream of a command: counted, hashed, its first and last bytes kept. */
#ifndef PROBE_CAPTURE_H
#define PROBE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"
#include "text.h"

struct capture {
    int descriptor;   /* read end of the pipe, -1 when it is closed */
    uint64_t bytes;
    size_t keep;
    unsigned char *head, *tail; /* the tail is a ring of `keep` bytes */
    unsigned char *pending;     /* read but not hashed: hashing waits for the end of the clock */
    size_t pending_length;
    uint64_t consumed;
    struct sha256 hash;
};

/* Opens a pipe, or a file in memory for a daemon, which may go on writing and would die of a pipe
   without a reader. Returns the end to write to, or -1. */
int capture_open(struct capture *capture, size_t keep, bool in_file);
/* Reads once what is there; closes at the end of the stream. */
void capture_read(struct capture *capture);
/* Reads what is there now, no more, and closes both ends. */
void capture_finish(struct capture *capture, int write_end);
void capture_write(struct capture *capture, struct text *answer);
void capture_free(struct capture *capture);

#endif
