#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system.h"

static struct {
    char path[PATH_MAX]; /* the group the probe has joined */
    int version;
    int peak, usage, oom;
    int64_t at_start;
} group = {.peak = -1, .usage = -1, .oom = -1};

static int own_oom = -1, own_version = -1;

static int open_in(const char *directory, const char *name, int flags)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return open(path, flags | O_CLOEXEC);
}

static int64_t read_number(int descriptor, const char *after)
{
    char text[1024];
    ssize_t got = descriptor < 0 ? -1 : own_pread(descriptor, text, sizeof text - 1);
    if (got <= 0)
        return -1;
    text[got] = '\0';
    const char *found = strstr(text, after);
    return found == NULL ? -1 : strtoll(found + strlen(after), NULL, 10);
}

static int join(const char *path)
{
    char number[16];
    int members = open_in(path, "cgroup.procs", O_WRONLY);
    if (members < 0)
        return -1;
    int length = snprintf(number, sizeof number, "%d", (int)getpid());
    ssize_t put = own_write(members, number, (size_t)length);
    close(members);
    return put == length ? 0 : -1;
}

static void leave(void)
{
    int *const open_ones[] = {&group.peak, &group.usage, &group.oom};
    for (size_t index = 0; index < 3; index++) {
        if (*open_ones[index] >= 0)
            close(*open_ones[index]);
        *open_ones[index] = -1;
    }
    group.version = 0;
    group.path[0] = '\0';
}

static int enter(const char *path)
{
    leave();
    if (strlen(path) >= sizeof group.path || join(path) != 0)
        return 0;
    group.peak = open_in(path, "memory.max_usage_in_bytes", O_RDWR);
    if (group.peak >= 0) {
        group.version = 1;
        group.usage = open_in(path, "memory.usage_in_bytes", O_RDONLY);
        group.oom = open_in(path, "memory.oom_control", O_RDONLY);
    } else {
        group.peak = open_in(path, "memory.peak", O_RDWR);
        group.version = group.peak >= 0 ? 2 : 0;
        group.usage = open_in(path, "memory.current", O_RDONLY);
        group.oom = open_in(path, "memory.events", O_RDONLY);
    }
    snprintf(group.path, sizeof group.path, "%s", path);
    return group.version;
}

int cgroup_begin(const char *path)
{
    if (path == NULL)
        return 0;
    if (strcmp(path, group.path) != 0 && enter(path) == 0)
        return 0;
    /* Version 2 resets what this descriptor reads (kernel 6.12); an older kernel refuses. */
    if (group.version == 0 || own_write(group.peak, "0", 1) != 1)
        return 0;
    group.at_start = read_number(group.usage, "");
    return group.at_start < 0 ? 0 : group.version;
}

int64_t cgroup_peak_bytes(void)
{
    int64_t peak = read_number(group.peak, "");
    if (peak < 0)
        return -1;
    return peak > group.at_start ? peak - group.at_start : 0;
}

/* Finds the probe's own group; inside a container it is mounted as the root. */
static void find_own(void)
{
    char text[4096], path[PATH_MAX], *save = NULL;
    own_version = 0;
    if (own_file("/proc/self/cgroup", text, sizeof text) <= 0)
        return;
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(line, ':'), *name = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (name == NULL)
            continue;
        *name++ = '\0';
        int first = strcmp(controllers, ":memory") == 0, second = strcmp(controllers, ":") == 0;
        for (int inside = 0; inside < 2 && (first || second) && own_oom < 0; inside++) {
            snprintf(path, sizeof path, "/sys/fs/cgroup%s%s", first ? "/memory" : "", inside ? "" : name);
            own_oom = open_in(path, first ? "memory.oom_control" : "memory.events", O_RDONLY);
            own_version = own_oom < 0 ? 0 : first ? 1 : 2;
        }
    }
}

int cgroup_version(void)
{
    if (own_version < 0)
        find_own();
    return own_version;
}

int64_t cgroup_oom_kills(void)
{
    if (own_version < 0)
        find_own();
    return read_number(group.oom >= 0 ? group.oom : own_oom, "oom_kill ");
}
