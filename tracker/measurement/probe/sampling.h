/* A time series of the measured tree, in iterations that are for profiling only. */
#ifndef PROBE_SAMPLING_H
#define PROBE_SAMPLING_H

#include <stdint.h>
#include <sys/types.h>

#include "text.h"

struct series {
    struct sample *samples;
    int length;
    int64_t interval_ns, next_ns;
    int64_t peek_ns, peek_after_ns; /* looks at the peak alone, ever rarer, until the first sample */
    int64_t peak_bytes; /* RssAnon + RssShmem over the tree, -1 before the first sample */
};

void series_start(struct series *series, int interval_ms, int64_t now_ns);
int64_t series_due_ns(const struct series *series); /* INT64_MAX without a series */
void series_look(struct series *series, pid_t step, int64_t start_ns, int64_t now_ns);
void series_write(const struct series *series, struct text *answer);
void series_free(struct series *series);

#endif
