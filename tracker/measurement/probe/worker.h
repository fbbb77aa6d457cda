/* Directory trees are handled in a process of their own: what it remembers of ten thousand files
   must not become the floor of what the probe reports as a command's memory. */
#ifndef PROBE_WORKER_H
#define PROBE_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* Lets the worker answer one request line; false when there is no worker to be had. */
bool worker_answer(const char *line, size_t length, struct text *answer);
void worker_end(void);

#endif
