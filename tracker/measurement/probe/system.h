/* The kernel's counters: reading them, and knowing which of the traffic is the probe's own. */
#ifndef PROBE_SYSTEM_H
#define PROBE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What `/proc/self/io` holds; every field -1 when it cannot be read. */
struct io_counts {
    int64_t read_bytes, write_bytes, read_operations, write_operations;
    int64_t device_read_bytes, device_write_bytes;
};

/* Reads and writes that are counted as the probe's own. */
ssize_t own_read(int descriptor, void *bytes, size_t length);
ssize_t own_pread(int descriptor, void *bytes, size_t length);
ssize_t own_write(int descriptor, const void *bytes, size_t length);
/* Reads a small file whole, NUL-terminated; -1 when it cannot. */
ssize_t own_file(const char *path, char *bytes, size_t size);

struct io_mark {
    struct io_counts counts;
    int64_t own_read_bytes, own_write_bytes, own_reads, own_writes;
};
/* The difference of two marks is what reaped processes did. */
struct io_mark io_mark(void);
struct io_counts io_since(const struct io_mark *before, const struct io_mark *after);

/* CPU time of the whole machine in microseconds; -1 where unknown. */
struct load {
    int64_t busy_us, steal_us, pressure_us;
};
struct load system_load(void);

/* Descriptors and facts that are found once. */
void system_open(void);
bool system_has_io(void);
bool system_has_pressure(void);
bool system_has_pidfd(void);
int open_pidfd(pid_t process); /* -1 when the kernel has none */

/* The probe's own high-water mark: the least that maxRssBytes of a command can read. */
int64_t floor_bytes(void);
void floor_refresh(void); /* called between requests, where it costs nobody's time */
int64_t run_queue_delay_ns(pid_t process);

int64_t monotonic_ns(void);
double unix_ms(void);

#endif
