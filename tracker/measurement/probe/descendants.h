/* The processes below the probe: finding, sampling, reaping and ending them. */
#ifndef PROBE_DESCENDANTS_H
#define PROBE_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct process {
    pid_t process, parent, session;
    char state;
    uint64_t started; /* clock ticks since boot: tells a reused number */
    int64_t cpu_us;   /* with its reaped descendants */
};

struct processes {
    struct process *items;
    size_t length, capacity;
};

/* CPU time, faults and switches of reaped processes; maxRss is that of the largest. */
struct usage {
    int64_t user_us, system_us, max_rss_bytes;
    int64_t minor_faults, major_faults, voluntary, involuntary;
};
void usage_add(struct usage *sum, const struct rusage *reaped);

bool has_children_file(void);
bool read_process(pid_t process, struct process *out);
/* Every descendant of the probe except its worker, parents before children; zombies included. */
void find_descendants(struct processes *out);
void processes_add(struct processes *list, const struct process *process);
void processes_free(struct processes *list);

/* The probe's own helper: never measured, never killed with a command. */
void set_worker(pid_t process);

/* Reaps what has ended. What belongs to a service is added there, the rest to `sum` (may be NULL).
   Returns false when the probe has no child at all. */
bool reap_finished(struct usage *sum);

/* Kills and reaps every descendant (services only if asked); returns how many were alive. */
int kill_descendants(bool with_services, struct usage *sum);

struct tree_memory {
    int64_t rss, vms, anonymous, file, shared;
};
/* Adds the memory of one process in bytes; false when it is gone. */
bool add_memory(pid_t process, struct tree_memory *sum);

#endif
