#include "run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "cgroup.h"
#include "command.h"
#include "descendants.h"
#include "input.h"
#include "sampling.h"
#include "service.h"
#include "system.h"

struct step_outcome {
    pid_t process;
    int exit_code, signal; /* -1 and 0 when the other one is meant */
    int64_t wall_ns, delay_ns;
};

struct run {
    struct command command;
    struct capture output, errors;
    int output_end, errors_end; /* what the command writes to */
    struct step_outcome *steps;
    int done, child;            /* steps ended; pidfd of the current one, -1 without */
    int spawn_error;
    double start_ms, end_ms;
    int64_t start_ns, end_ns, deadline_ns;
    bool timed_out, output_limited, interrupted;
    struct series series;
    struct usage usage, leftover_usage;
    int leftovers, cgroup;
    int64_t floor_bytes, oom_before, oom_after, services_before, services_after, peak_bytes;
    struct load load_before, load_after;
    struct io_mark io_before, io_after;
};

static pid_t current(const struct run *run)
{
    return run->steps[run->done].process;
}

static bool killed(const struct run *run)
{
    return run->timed_out || run->output_limited || run->interrupted;
}

/* Only the command itself: what it leaves behind is counted and ended after the clock. */
static void kill_command(struct run *run, bool *reason)
{
    if (killed(run))
        return;
    *reason = true;
    kill(current(run), SIGKILL);
}

static bool has_ended(const struct run *run, siginfo_t *ended)
{
    ended->si_pid = 0;
    return waitid(P_PID, (id_t)current(run), ended, WEXITED | WNOWAIT | WNOHANG) == 0 && ended->si_pid != 0;
}

/* Sleeps until something happens; returns the time at which it woke. */
static int64_t wait_for_events(struct run *run, struct pollfd entries[5])
{
    int64_t now = monotonic_ns(), until = INT64_MAX;
    struct timespec left;
    if (run->deadline_ns > 0 && !killed(run))
        until = run->deadline_ns;
    if (series_due_ns(&run->series) < until)
        until = series_due_ns(&run->series);
    int64_t rest = until > now ? until - now : 0;
    left = (struct timespec){.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
    entries[0] = (struct pollfd){.fd = run->child, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = killed(run) ? -1 : run->output.descriptor, .events = POLLIN};
    entries[2] = (struct pollfd){.fd = killed(run) ? -1 : run->errors.descriptor, .events = POLLIN};
    input_poll_set(entries + 3);
    if (ppoll(entries, 5, until == INT64_MAX ? NULL : &left, NULL) < 0)
        for (int index = 0; index < 5; index++)
            entries[index].revents = 0;
    return monotonic_ns();
}

static void handle_events(struct run *run, const struct pollfd entries[5], int64_t now)
{
    if (entries[1].revents != 0)
        capture_read(&run->output);
    if (entries[2].revents != 0)
        capture_read(&run->errors);
    if (run->output.bytes + run->errors.bytes > run->command.output_limit)
        kill_command(run, &run->output_limited);
    if (run->deadline_ns > 0 && now >= run->deadline_ns)
        kill_command(run, &run->timed_out);
    if (now >= series_due_ns(&run->series))
        series_look(&run->series, current(run), run->start_ns, now);
    if (entries[3].revents != 0 || entries[4].revents != 0) {
        input_take(entries + 3);
        if (input_cancelled())
            kill_command(run, &run->interrupted);
    }
}

/* Returns when the current step has ended, with the time at which that was seen. */
static int64_t wait_for_step(struct run *run, siginfo_t *ended)
{
    if (input_cancelled()) /* it came in one piece with the request */
        kill_command(run, &run->interrupted);
    for (;;) {
        struct pollfd entries[5];
        if (run->child < 0 && has_ended(run, ended))
            return monotonic_ns();
        int64_t now = wait_for_events(run, entries);
        if (entries[0].revents != 0 && has_ended(run, ended))
            return now;
        handle_events(run, entries, now);
    }
}

static bool step_succeeded(const struct run *run)
{
    const struct step_outcome *outcome = &run->steps[run->done];
    return outcome->signal == 0 && command_accepts(&run->command.steps[run->done], outcome->exit_code);
}

static void run_steps(struct run *run)
{
    int64_t begin = run->start_ns;
    bool go_on = true;
    for (; run->done < run->command.step_count && go_on; run->done++) {
        struct step_outcome *outcome = &run->steps[run->done];
        siginfo_t ended;
        run->spawn_error = command_spawn(&run->command, &run->command.steps[run->done], null_descriptor(), run->output_end,
                                         run->errors_end, &outcome->process);
        if (run->spawn_error != 0)
            return;
        run->child = open_pidfd(outcome->process);
        run->end_ns = wait_for_step(run, &ended);
        bool exited = ended.si_code == CLD_EXITED;
        outcome->wall_ns = run->end_ns - begin;
        outcome->exit_code = exited ? ended.si_status : -1;
        outcome->signal = exited ? 0 : ended.si_status;
        begin = run->end_ns;
        go_on = !killed(run) && (step_succeeded(run) || !run->command.stop_on_failure);
        if (run->child >= 0)
            close(run->child);
    }
}

static void before_clock(struct run *run)
{
    reap_finished(NULL);
    run->cgroup = cgroup_begin(run->command.cgroup);
    run->floor_bytes = floor_bytes();
    run->oom_before = cgroup_oom_kills();
    run->services_before = service_cpu_us();
    run->load_before = system_load();
    run->io_before = io_mark();
    run->start_ms = unix_ms();
    run->start_ns = run->end_ns = monotonic_ns();
    run->deadline_ns = run->command.timeout_ns > 0 ? run->start_ns + run->command.timeout_ns : 0;
    series_start(&run->series, run->command.sample_ms, run->start_ns);
}

static void after_clock(struct run *run, bool keep_alive)
{
    run->end_ms = run->start_ms + (double)(run->end_ns - run->start_ns) / 1e6;
    run->load_after = system_load();
    run->peak_bytes = run->cgroup > 0 ? cgroup_peak_bytes() : -1;
    run->oom_after = cgroup_oom_kills();
    for (int index = 0; index < run->done; index++) {
        struct rusage reaped;
        run->steps[index].delay_ns = run_queue_delay_ns(run->steps[index].process);
        if (wait4(run->steps[index].process, NULL, 0, &reaped) > 0)
            usage_add(&run->usage, &reaped);
    }
    reap_finished(&run->usage);
    run->services_after = service_cpu_us();
    capture_finish(&run->output, run->output_end);
    capture_finish(&run->errors, run->errors_end);
    run->io_after = io_mark();
    if (!keep_alive)
        run->leftovers = kill_descendants(false, &run->leftover_usage);
}

static void write_steps(const struct run *run, struct text *answer)
{
    text_string(answer, "\"steps\":[");
    for (int index = 0; index < run->done; index++) {
        const struct step_outcome *step = &run->steps[index];
        text_format(answer, "%s{\"exitCode\":", index > 0 ? "," : "");
        text_known(answer, step->exit_code);
        const char *name = step->signal > 0 ? sigabbrev_np(step->signal) : NULL;
        if (name != NULL)
            text_format(answer, ",\"signal\":\"SIG%s\"", name);
        else if (step->signal > 0)
            text_format(answer, ",\"signal\":\"SIG%d\"", step->signal); /* a real-time signal has no name */
        else
            text_string(answer, ",\"signal\":null");
        text_format(answer, ",\"wallNs\":%lld}", (long long)step->wall_ns);
    }
    text_string(answer, "]");
}

static int64_t total_delay_ns(const struct run *run)
{
    int64_t total = 0;
    for (int index = 0; index < run->done; index++)
        total = total < 0 || run->steps[index].delay_ns < 0 ? -1 : total + run->steps[index].delay_ns;
    return total;
}

static void member(struct text *answer, const char *name, int64_t value)
{
    text_format(answer, ",\"%s\":", name);
    text_known(answer, value);
}

static int64_t rise(int64_t before, int64_t after, int64_t own_part)
{
    if (before < 0 || after < 0)
        return -1;
    return after - before > own_part ? after - before - own_part : 0;
}

static void write_counters(const struct run *run, struct text *answer)
{
    const struct usage *usage = &run->usage;
    struct io_counts io = io_since(&run->io_before, &run->io_after);
    text_format(answer, ",\"userUs\":%lld,\"systemUs\":%lld,\"maxRssBytes\":%lld,\"minorFaults\":%lld,\"majorFaults\":%lld",
                (long long)usage->user_us, (long long)usage->system_us, (long long)usage->max_rss_bytes,
                (long long)usage->minor_faults, (long long)usage->major_faults);
    text_format(answer, ",\"voluntarySwitches\":%lld,\"involuntarySwitches\":%lld", (long long)usage->voluntary,
                (long long)usage->involuntary);
    if (io.read_bytes < 0) {
        text_string(answer, ",\"io\":null");
    } else {
        text_format(answer, ",\"io\":{\"readOps\":%lld,\"writeOps\":%lld,\"readBytes\":%lld,\"writeBytes\":%lld",
                    (long long)io.read_operations, (long long)io.write_operations, (long long)io.read_bytes, (long long)io.write_bytes);
        member(answer, "deviceReadBytes", io.device_read_bytes);
        member(answer, "deviceWriteBytes", io.device_write_bytes);
        text_string(answer, "}");
    }
    member(answer, "runQueueDelayNs", total_delay_ns(run));
    member(answer, "leftoverProcesses", run->leftovers);
    member(answer, "leftoverCpuUs", run->leftover_usage.user_us + run->leftover_usage.system_us);
}

static void write_memory_and_load(const struct run *run, struct text *answer)
{
    const struct load *before = &run->load_before, *after = &run->load_after;
    int64_t own_us = run->usage.user_us + run->usage.system_us + rise(run->services_before, run->services_after, 0);
    bool from_group = run->peak_bytes >= 0;
    member(answer, "peakTreeBytes", from_group ? run->peak_bytes : run->series.peak_bytes);
    if (from_group)
        text_format(answer, ",\"peakTreeSource\":\"cgroup\",\"cgroupVersion\":%d", run->cgroup);
    else
        text_format(answer, ",\"peakTreeSource\":%s,\"cgroupVersion\":null", run->series.peak_bytes >= 0 ? "\"sampled\"" : "null");
    int64_t kills = rise(run->oom_before, run->oom_after, 0);
    text_format(answer, ",\"oomKilled\":%s", kills < 0 ? "null" : kills > 0 ? "true" : "false");
    member(answer, "floorBytes", run->floor_bytes);
    text_string(answer, ",\"load\":{\"othersCpuUs\":");
    text_known(answer, rise(before->busy_us, after->busy_us, own_us));
    member(answer, "stealUs", rise(before->steal_us, after->steal_us, 0));
    member(answer, "cpuPressureUs", rise(before->pressure_us, after->pressure_us, 0));
    text_string(answer, "}");
}

static void write_spawn_error(const struct run *run, struct text *answer)
{
    struct stat directory;
    const struct command *command = &run->command;
    const char *name = command->steps[run->done].arguments[0];
    if (stat(command->directory, &directory) != 0 || !S_ISDIR(directory.st_mode))
        name = command->directory;
    struct text message = {0};
    text_format(&message, "%s: %s", name, strerror(run->spawn_error));
    text_string(answer, "\"error\":{\"type\":\"spawn\",\"message\":");
    text_json(answer, message.data, message.length);
    text_format(answer, ",\"step\":%d}", run->done);
    text_free(&message);
}

static void write_outcome(struct run *run, struct text *answer)
{
    if (run->spawn_error != 0) {
        write_spawn_error(run, answer);
        return;
    }
    text_format(answer, "\"startMs\":%.3f,\"endMs\":%.3f,\"wallNs\":%lld,", run->start_ms, run->end_ms,
                (long long)(run->end_ns - run->start_ns));
    write_steps(run, answer);
    text_format(answer, ",\"timedOut\":%s,\"outputLimited\":%s,\"interrupted\":%s", run->timed_out ? "true" : "false",
                run->output_limited ? "true" : "false", run->interrupted ? "true" : "false");
    write_counters(run, answer);
    write_memory_and_load(run, answer);
    text_string(answer, ",\"stdout\":");
    capture_write(&run->output, answer);
    text_string(answer, ",\"stderr\":");
    capture_write(&run->errors, answer);
    text_string(answer, ",\"samples\":");
    series_write(&run->series, answer);
}

static bool all_succeeded(const struct run *run)
{
    if (run->spawn_error != 0 || killed(run) || run->done < run->command.step_count)
        return false;
    for (int index = 0; index < run->done; index++)
        if (run->steps[index].signal != 0 || !command_accepts(&run->command.steps[index], run->steps[index].exit_code))
            return false;
    return true;
}

static bool execute(const struct json *request, struct text *answer, bool for_service)
{
    struct run run = {.child = -1};
    const char *wrong = command_read(request, &run.command);
    if (wrong != NULL) {
        text_string(answer, "\"error\":{\"type\":\"request\",\"message\":");
        text_json(answer, wrong, strlen(wrong));
        text_string(answer, "}");
        return false;
    }
    size_t size = (size_t)run.command.step_count * sizeof *run.steps;
    run.steps = memset(arena_take(size), 0, size);
    run.output_end = capture_open(&run.output, run.command.keep_bytes, for_service);
    run.errors_end = capture_open(&run.errors, run.command.keep_bytes, for_service);
    before_clock(&run);
    run_steps(&run);
    after_clock(&run, for_service);
    write_outcome(&run, answer);
    bool success = all_succeeded(&run);
    capture_free(&run.output);
    capture_free(&run.errors);
    series_free(&run.series);
    return success;
}

void run_request(const struct json *request, struct text *answer)
{
    execute(request, answer, false);
}

bool run_for_service(const struct json *request, struct text *answer)
{
    return execute(request, answer, true);
}
