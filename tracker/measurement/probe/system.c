#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
    int64_t read_bytes, write_bytes, reads, writes;
} own;

static struct {
    int io, stat, pressure, status;
    bool pidfd;
    int64_t tick_us;
} opened = {.io = -1, .stat = -1, .pressure = -1, .status = -1};

/* The kernel counts each call, and the bytes of those that succeed. */
ssize_t own_read(int descriptor, void *bytes, size_t length)
{
    ssize_t got;
    do {
        got = read(descriptor, bytes, length);
        own.reads++;
    } while (got < 0 && errno == EINTR);
    own.read_bytes += got > 0 ? got : 0;
    return got;
}

ssize_t own_pread(int descriptor, void *bytes, size_t length)
{
    ssize_t got = pread(descriptor, bytes, length, 0);
    own.reads++;
    own.read_bytes += got > 0 ? got : 0;
    return got;
}

ssize_t own_write(int descriptor, const void *bytes, size_t length)
{
    ssize_t put;
    do {
        put = write(descriptor, bytes, length);
        own.writes++;
    } while (put < 0 && errno == EINTR);
    own.write_bytes += put > 0 ? put : 0;
    return put;
}

ssize_t own_file(const char *path, char *bytes, size_t size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    ssize_t got = own_pread(descriptor, bytes, size - 1);
    close(descriptor);
    if (got >= 0)
        bytes[got] = '\0';
    return got;
}

static int64_t named_number(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found == NULL ? -1 : strtoll(found + strlen(name), NULL, 10);
}

struct io_mark io_mark(void)
{
    /* The kernel writes the text before it counts the read of it: the own counts are taken first. */
    struct io_mark mark = {.own_read_bytes = own.read_bytes, .own_write_bytes = own.write_bytes,
                           .own_reads = own.reads, .own_writes = own.writes};
    char text[512];
    ssize_t got = opened.io < 0 ? -1 : own_pread(opened.io, text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    mark.counts = (struct io_counts){
        .read_bytes = named_number(text, "rchar: "),
        .write_bytes = named_number(text, "wchar: "),
        .read_operations = named_number(text, "syscr: "),
        .write_operations = named_number(text, "syscw: "),
        .device_read_bytes = named_number(text, "\nread_bytes: "),
        .device_write_bytes = named_number(text, "\nwrite_bytes: "),
    };
    return mark;
}

static int64_t difference(int64_t before, int64_t after, int64_t own_part)
{
    if (before < 0 || after < 0)
        return -1;
    int64_t more = after - before - own_part;
    return more > 0 ? more : 0;
}

struct io_counts io_since(const struct io_mark *before, const struct io_mark *after)
{
    const struct io_counts *old = &before->counts, *new = &after->counts;
    return (struct io_counts){
        .read_bytes = difference(old->read_bytes, new->read_bytes, after->own_read_bytes - before->own_read_bytes),
        .write_bytes = difference(old->write_bytes, new->write_bytes, after->own_write_bytes - before->own_write_bytes),
        .read_operations = difference(old->read_operations, new->read_operations, after->own_reads - before->own_reads),
        .write_operations = difference(old->write_operations, new->write_operations, after->own_writes - before->own_writes),
        .device_read_bytes = difference(old->device_read_bytes, new->device_read_bytes, 0),
        .device_write_bytes = difference(old->device_write_bytes, new->device_write_bytes, 0),
    };
}

struct load system_load(void)
{
    struct load load = {-1, -1, -1};
    char text[512]; /* the first line is the sum over all processors */
    ssize_t got = opened.stat < 0 ? -1 : own_pread(opened.stat, text, sizeof text - 1);
    if (got > 0) {
        long long user, nice, system, idle, wait, interrupts, soft, steal;
        text[got] = '\0';
        if (sscanf(text, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system, &idle, &wait,
                   &interrupts, &soft, &steal) == 8) {
            load.busy_us = (user + nice + system + interrupts + soft) * opened.tick_us;
            load.steal_us = steal * opened.tick_us;
        }
    }
    got = opened.pressure < 0 ? -1 : own_pread(opened.pressure, text, sizeof text - 1);
    if (got > 0) {
        text[got] = '\0';
        load.pressure_us = named_number(text, "total=");
    }
    return load;
}

int open_pidfd(pid_t process)
{
#ifdef SYS_pidfd_open
    return opened.pidfd ? (int)syscall(SYS_pidfd_open, process, 0) : -1;
#else
    (void)process;
    return -1;
#endif
}

void system_open(void)
{
    opened.io = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
    opened.stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    opened.pressure = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC);
    opened.status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    opened.tick_us = 1000000 / sysconf(_SC_CLK_TCK);
    opened.pidfd = getenv("TRACKER_PROBE_NO_PIDFD") == NULL; /* lets a test take the other way */
    int own_pidfd = open_pidfd(getpid());
    opened.pidfd = own_pidfd >= 0;
    if (own_pidfd >= 0)
        close(own_pidfd);
}

bool system_has_io(void)
{
    return io_mark().counts.read_bytes >= 0;
}

bool system_has_pressure(void)
{
    return system_load().pressure_us >= 0;
}

bool system_has_pidfd(void)
{
    return opened.pidfd;
}

static int64_t read_floor(void)
{
    char text[2048];
    ssize_t got = opened.status < 0 ? -1 : own_pread(opened.status, text, sizeof text - 1);
    if (got <= 0)
        return -1;
    text[got] = '\0';
    int64_t kilobytes = named_number(text, "VmHWM:");
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}

static int64_t known_floor = -1;

int64_t floor_bytes(void)
{
    return known_floor;
}

void floor_refresh(void)
{
    known_floor = read_floor();
}

int64_t run_queue_delay_ns(pid_t process)
{
    char path[64], text[128];
    long long running, waiting;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)process);
    if (own_file(path, text, sizeof text) <= 0 || sscanf(text, "%lld %lld", &running, &waiting) != 2)
        return -1;
    return running == 0 && waiting == 0 ? -1 : waiting; /* all zero: the kernel keeps no such figures */
}

int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)(now.tv_nsec / 1000) / 1e3;
}
