#include "descendants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service.h"
#include "system.h"
#include "text.h"

static pid_t worker;

void set_worker(pid_t process)
{
    worker = process;
}

void usage_add(struct usage *sum, const struct rusage *reaped)
{
    int64_t resident = (int64_t)reaped->ru_maxrss * 1024;
    sum->user_us += (int64_t)reaped->ru_utime.tv_sec * 1000000 + reaped->ru_utime.tv_usec;
    sum->system_us += (int64_t)reaped->ru_stime.tv_sec * 1000000 + reaped->ru_stime.tv_usec;
    sum->max_rss_bytes = resident > sum->max_rss_bytes ? resident : sum->max_rss_bytes;
    sum->minor_faults += reaped->ru_minflt;
    sum->major_faults += reaped->ru_majflt;
    sum->voluntary += reaped->ru_nvcsw;
    sum->involuntary += reaped->ru_nivcsw;
}

void processes_add(struct processes *list, const struct process *process)
{
    if (list->length == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->items = must_resize(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->length++] = *process;
}

void processes_free(struct processes *list)
{
    free(list->items);
    *list = (struct processes){0};
}

bool read_process(pid_t number, struct process *out)
{
    char path[64], text[1024], state;
    int parent, session;
    unsigned long long user, system, children_user, children_system, started;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)number);
    if (own_file(path, text, sizeof text) <= 0)
        return false;
    const char *after_name = strrchr(text, ')'); /* a name may hold spaces and brackets */
    if (after_name == NULL ||
        sscanf(after_name + 1, " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d %llu",
               &state, &parent, &session, &user, &system, &children_user, &children_system, &started) != 8)
        return false;
    int64_t tick_us = 1000000 / sysconf(_SC_CLK_TCK);
    *out = (struct process){.process = number, .parent = parent, .session = session, .state = state, .started = started,
                            .cpu_us = (int64_t)(user + system + children_user + children_system) * tick_us};
    return true;
}

bool has_children_file(void)
{
    static int known = -1;
    if (known < 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
        known = access(path, R_OK) == 0;
    }
    return known;
}

static void add_child(struct processes *list, pid_t number)
{
    struct process process;
    if (number != worker && read_process(number, &process))
        processes_add(list, &process);
}

static void add_children_of_thread(struct processes *list, pid_t process, const char *thread)
{
    char path[96], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)process, thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    struct text whole = {0};
    for (ssize_t got; (got = own_read(file, text, sizeof text)) > 0;)
        text_add(&whole, text, (size_t)got);
    close(file);
    char *at = whole.data;
    for (char *stopped; at != NULL && *at != '\0'; at = stopped) {
        long number = strtol(at, &stopped, 10);
        if (stopped == at)
            break;
        add_child(list, (pid_t)number);
        while (*stopped == ' ')
            stopped++;
    }
    text_free(&whole);
}

static void add_children(struct processes *list, pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;)
        if (entry->d_name[0] != '.')
            add_children_of_thread(list, process, entry->d_name);
    closedir(threads);
}

/* Where the kernel lists no children: everything that runs, kept when its parent is ours. */
static void scan_parents(struct processes *out)
{
    struct processes all = {0};
    DIR *numbers = opendir("/proc");
    if (numbers == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(numbers)) != NULL;)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            add_child(&all, (pid_t)strtol(entry->d_name, NULL, 10));
    closedir(numbers);
    pid_t self = getpid();
    for (size_t done = 0, parent_index = 0; done <= out->length; done++) {
        pid_t parent = done == 0 ? self : out->items[parent_index++].process;
        for (size_t index = 0; index < all.length; index++)
            if (all.items[index].parent == parent && all.items[index].process != self)
                processes_add(out, &all.items[index]);
    }
    processes_free(&all);
}

void find_descendants(struct processes *out)
{
    out->length = 0;
    if (!has_children_file()) {
        scan_parents(out);
        return;
    }
    char own_thread[16]; /* the probe has one thread */
    snprintf(own_thread, sizeof own_thread, "%d", (int)getpid());
    add_children_of_thread(out, getpid(), own_thread);
    for (size_t index = 0; index < out->length; index++)
        add_children(out, out->items[index].process);
}

bool reap_finished(struct usage *sum)
{
    for (;;) {
        int status;
        struct rusage reaped;
        pid_t process = wait4(-1, &status, WNOHANG, &reaped);
        if (process <= 0)
            return process == 0 || errno != ECHILD;
        if (process == worker)
            worker = 0;
        else if (!service_reaped(process, &reaped) && sum != NULL)
            usage_add(sum, &reaped);
    }
}

/* Waits until one of the listed direct children has ended; false when there is none. */
static bool wait_for_one(const struct processes *list)
{
    siginfo_t ended;
    for (size_t index = 0; index < list->length; index++)
        if (list->items[index].parent == getpid() &&
            waitid(P_PID, (id_t)list->items[index].process, &ended, WEXITED | WNOWAIT) == 0)
            return true;
    return false;
}

int kill_descendants(bool with_services, struct usage *sum)
{
    struct processes list = {0};
    int alive = 0;
    for (bool first = true;; first = false) {
        if (!reap_finished(sum))
            break;
        find_descendants(&list);
        if (!with_services)
            service_take_out(&list);
        if (list.length == 0)
            break;
        for (size_t index = 0; index < list.length; index++) {
            alive += first && list.items[index].state != 'Z';
            kill(list.items[index].process, SIGKILL);
        }
        wait_for_one(&list);
    }
    processes_free(&list);
    return alive;
}

bool add_memory(pid_t process, struct tree_memory *sum)
{
    char path[64], text[4096];
    static const char *const names[] = {"VmRSS:", "VmSize:", "RssAnon:", "RssFile:", "RssShmem:"};
    int64_t *const sums[] = {&sum->rss, &sum->vms, &sum->anonymous, &sum->file, &sum->shared};
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    if (own_file(path, text, sizeof text) <= 0)
        return false;
    for (size_t index = 0; index < 5; index++) {
        const char *found = strstr(text, names[index]);
        if (found != NULL) /* a zombie has no memory */
            *sums[index] += strtoll(found + strlen(names[index]), NULL, 10) * 1024;
    }
    return true;
}
