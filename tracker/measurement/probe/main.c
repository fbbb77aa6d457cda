/* The probe: runs what is measured, so that the memory of the measuring program is never part of it.
   One JSON request a line on standard input, one JSON answer a line on standard output. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cgroup.h"
#include "descendants.h"
#include "input.h"
#include "json.h"
#include "run.h"
#include "service.h"
#include "show.h"
#include "system.h"
#include "text.h"
#include "tree_requests.h"
#include "worker.h"

#ifndef PROBE_STATIC
#define PROBE_STATIC 0
#endif

enum { PROTOCOL = 1 };

static void hello(struct text *answer)
{
    static const char *const versions[] = {"null", "\"v1\"", "\"v2\""};
    text_format(answer, "\"protocol\":%d,\"implementation\":\"c\",\"static\":%s,\"pid\":%d,\"floorBytes\":", PROTOCOL,
                PROBE_STATIC ? "true" : "false", (int)getpid());
    text_known(answer, floor_bytes());
    text_format(answer, ",\"capabilities\":{\"pidfd\":%s,\"cgroup\":%s,\"children\":%s,\"io\":%s,\"pressure\":%s,\"subreaper\":true}",
                system_has_pidfd() ? "true" : "false", versions[cgroup_version()], has_children_file() ? "true" : "false",
                system_has_io() ? "true" : "false", system_has_pressure() ? "true" : "false");
}

static void fail(struct text *answer, const char *type, const char *message)
{
    text_format(answer, "\"error\":{\"type\":\"%s\",\"message\":", type);
    text_json(answer, message, strlen(message));
    text_string(answer, "}");
}

static void send_answer(struct text *answer)
{
    size_t sent = 0;
    while (sent < answer->length) {
        ssize_t put = own_write(STDOUT_FILENO, answer->data + sent, answer->length - sent);
        if (put < 0 && errno == EAGAIN) {
            struct pollfd writable = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&writable, 1, -1);
        } else if (put < 0) {
            leave(0);
        } else {
            sent += (size_t)put;
        }
    }
    text_clear(answer);
}

static bool run_and_service(const char *operation, const struct json *request, struct text *answer)
{
    static const struct {
        const char *name;
        void (*answer)(const struct json *, struct text *);
    } operations[] = {{"run", run_request}, {"serviceStart", service_start}, {"serviceStop", service_stop}, {"serviceStatus", service_status}};
    for (size_t index = 0; index < sizeof operations / sizeof *operations; index++)
        if (strcmp(operation, operations[index].name) == 0) {
            operations[index].answer(request, answer);
            return true;
        }
    return false;
}

/* Answers a request that is JSON; returns false when the probe is to end. */
static bool answer_request(const struct json *request, const char *line, size_t length, struct text *answer)
{
    const char *operation = json_string(request, "op");
    if (operation != NULL && is_tree_request(operation)) {
        size_t before = answer->length;
        if (worker_answer(line, length, answer))
            return true;
        answer->length = before; /* half an answer is none */
    }
    text_string(answer, "{\"id\":");
    json_write_scalar(answer, json_get(request, "id"));
    text_string(answer, ",");
    bool go_on = operation == NULL || strcmp(operation, "quit") != 0;
    if (operation == NULL)
        fail(answer, "request", "a request must be an object whose op is a string");
    else if (is_tree_request(operation))
        fail(answer, "worker", "the process that handles directory trees has ended; what it remembered is lost");
    else if (strcmp(operation, "hello") == 0)
        hello(answer);
    else if (strcmp(operation, "cancel") == 0)
        text_string(answer, "\"cancelled\":false");
    else if (!go_on)
        text_string(answer, "\"leaving\":true");
    else if (!run_and_service(operation, request, answer))
        fail(answer, "operation", "op is not known to this probe");
    text_string(answer, "}\n");
    return go_on;
}

static bool answer_line(const char *line, size_t length, struct text *answer)
{
    const char *message;
    const struct json *request = json_read(line, length, &message);
    bool go_on = true;
    if (request == NULL) {
        text_string(answer, "{\"id\":null,");
        fail(answer, "request", message);
        text_string(answer, "}\n");
    } else {
        go_on = answer_request(request, line, length, answer);
    }
    arena_reset();
    return go_on;
}

int main(int count, char *arguments[])
{
    if (count > 1 && strcmp(arguments[1], "--show") == 0)
        return show_files(count - 2, arguments + 2);
    struct text answer = {0};
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    input_open();
    system_open();
    floor_refresh();
    if (!system_has_pidfd())
        input_watch_children();
    for (;;) {
        const char *line;
        size_t length;
        struct pollfd entries[2];
        enum line_kind kind = input_line(&line, &length);
        if (kind == LINE_WHOLE && length > 0) {
            bool go_on = answer_line(line, length, &answer);
            send_answer(&answer);
            if (!go_on)
                leave(0);
            floor_refresh();
        } else if (kind == LINE_TOO_LONG) {
            text_string(&answer, "{\"id\":null,\"error\":{\"type\":\"request\",\"message\":\"a line is longer than 8 MiB\"}}\n");
            send_answer(&answer);
        } else if (kind == LINE_NONE) {
            input_poll_set(entries);
            if (poll(entries, 2, -1) > 0)
                input_take(entries);
            reap_finished(NULL);
        }
    }
}
