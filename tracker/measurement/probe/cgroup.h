/* The memory controller of a control group: the only peak of a whole tree. */
#ifndef PROBE_CGROUP_H
#define PROBE_CGROUP_H

#include <stdint.h>

/* Joins the group and starts a new peak; returns 1 or 2 (the version), 0 when it cannot be used. */
int cgroup_begin(const char *path);
/* By how much the group rose above what it held at the beginning, page cache included; -1 unknown. */
int64_t cgroup_peak_bytes(void);
/* Rises with every process the kernel ended for want of memory in the probe's group; -1 unknown. */
int64_t cgroup_oom_kills(void);
/* The version of the memory controller the probe is in, 0 when there is none. */
int cgroup_version(void);

#endif
