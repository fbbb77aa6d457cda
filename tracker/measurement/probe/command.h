/* What is to be run: a request made ready for posix_spawn, so that nothing is left to do in the clock. */
#ifndef PROBE_COMMAND_H
#define PROBE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "json.h"

struct step {
    char **arguments;
    char *program;              /* found on the PATH of the given environment, or NULL so far */
    const struct json *expected; /* exit codes that count as success, NULL: only 0 */
};

struct command {
    const char *directory;
    char **environment;
    const char *path;
    struct step *steps;
    int step_count;
    bool stop_on_failure;
    int64_t timeout_ns; /* 0: none */
    uint64_t output_limit;
    size_t keep_bytes;
    int sample_ms;
    const char *cgroup;
    int64_t file_size_limit, process_limit; /* -1: none */
};

/* Fills `command` from a request; NULL, or what is wrong with it. */
const char *command_read(const struct json *request, struct command *command);

/* Starts a step in a session of its own; returns 0 and its number, or an errno. */
int command_spawn(const struct command *command, struct step *step, int input, int output, int errors, pid_t *process);

bool command_accepts(const struct step *step, int exit_code);

#endif
