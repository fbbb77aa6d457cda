#include "command.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_KEEP = 32768, MOST_KEEP = 8 * 1024 * 1024 };

static const char *read_environment(const struct json *map, struct command *command)
{
    if (map == NULL || map->kind != JSON_OBJECT)
        return "env: must be an object of strings, the complete environment";
    char **next = command->environment = arena_take((map->length + 1) * sizeof(char *));
    command->path = "/usr/bin:/bin";
    for (const struct json *item = map->first; item != NULL; item = item->next) {
        if (item->kind != JSON_STRING || strlen(item->string) != item->length || item->key_length == 0 ||
            memchr(item->key, '=', item->key_length) != NULL || strlen(item->key) != item->key_length)
            return "env: every name must be without = and NUL, every value a string without NUL";
        char *entry = *next++ = arena_take(item->key_length + item->length + 2);
        memcpy(entry, item->key, item->key_length);
        entry[item->key_length] = '=';
        memcpy(entry + item->key_length + 1, item->string, item->length + 1);
        if (strncmp(entry, "PATH=", 5) == 0)
            command->path = entry + 5;
    }
    *next = NULL;
    return NULL;
}

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

/* The program's path as seen from the probe's own directory, or NULL. */
static char *find_program(const struct command *command, const char *name)
{
    char path[PATH_MAX];
    if (strchr(name, '/') != NULL) { /* relative to the directory the command starts in: the kernel does that */
        int length = snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : command->directory, *name == '/' ? "" : "/", name);
        return length < (int)sizeof path && access(path, F_OK) == 0 ? arena_copy(name, strlen(name)) : NULL;
    }
    for (const char *at = command->path; at != NULL && *name != '\0';) {
        const char *end = strchrnul(at, ':');
        int width = (int)(end - at);
        bool relative = width == 0 || *at != '/';
        int length = snprintf(path, sizeof path, "%s%s%.*s/%s", relative ? command->directory : "", relative && width ? "/" : "",
                              width, at, name);
        if (length < (int)sizeof path && is_program(path))
            return arena_copy(path, (size_t)length);
        at = *end == ':' ? end + 1 : NULL;
    }
    return NULL;
}

static const char *read_steps(const struct json *request, struct command *command)
{
    const struct json *steps = json_get(request, "steps");
    if (steps == NULL || steps->kind != JSON_ARRAY || steps->length == 0)
        return "steps: must be a list of at least one argument vector";
    const struct json *expected = json_get(request, "expectedExits");
    expected = expected != NULL && expected->kind == JSON_ARRAY ? expected->first : NULL;
    command->steps = arena_take(steps->length * sizeof *command->steps);
    command->step_count = 0;
    for (const struct json *item = steps->first; item != NULL; item = item->next) {
        if (!json_are_strings(item) || item->length == 0 || item->first->length == 0)
            return "steps: every step must be a list of strings without NUL that begins with the program's name";
        struct step *step = &command->steps[command->step_count++];
        *step = (struct step){.arguments = arena_take((item->length + 1) * sizeof(char *)), .expected = expected};
        char **next = step->arguments;
        for (const struct json *argument = item->first; argument != NULL; argument = argument->next)
            *next++ = arena_copy(argument->string, argument->length);
        *next = NULL;
        step->program = find_program(command, step->arguments[0]);
        expected = expected != NULL ? expected->next : NULL;
    }
    return NULL;
}

const char *command_read(const struct json *request, struct command *command)
{
    const struct json *limits = json_get(request, "limits");
    int64_t timeout_ms = json_integer(request, "timeoutMs", 0);
    int64_t output_limit = json_integer(request, "outputLimitBytes", INT64_MAX);
    int64_t keep = json_integer(request, "keepBytes", DEFAULT_KEEP);
    int64_t sample_ms = json_integer(request, "sampleMs", 0);
    if (timeout_ms < 0 || timeout_ms > INT64_MAX / 1000000)
        return "timeoutMs: must be 0 (none) or more";
    if (output_limit < 0)
        return "outputLimitBytes: must be 0 or more";
    if (keep < 0 || keep > MOST_KEEP)
        return "keepBytes: must be between 0 and 8 MiB";
    if (sample_ms < 0 || sample_ms > 3600000)
        return "sampleMs: must be 0 (none) or up to an hour";
    *command = (struct command){
        .directory = json_string(request, "cwd"),
        .stop_on_failure = json_is_true(request, "stopOnFailure", true),
        .timeout_ns = timeout_ms * 1000000,
        .output_limit = (uint64_t)output_limit,
        .keep_bytes = (size_t)keep,
        .sample_ms = (int)sample_ms,
        .cgroup = json_string(request, "cgroup"),
        .file_size_limit = json_integer(limits, "fileSizeBytes", -1),
        .process_limit = json_integer(limits, "processes", -1),
    };
    if (command->directory == NULL)
        return "cwd: must be a path";
    const char *wrong = read_environment(json_get(request, "env"), command);
    return wrong != NULL ? wrong : read_steps(request, command);
}

/* posix_spawn cannot set limits: the probe takes them on around the call. */
static void limit(__rlimit_resource_t resource, int64_t value, struct rlimit *before)
{
    if (value < 0 || getrlimit(resource, before) != 0)
        return;
    rlim_t wanted = (rlim_t)value;
    struct rlimit lower = {.rlim_cur = wanted < before->rlim_max ? wanted : before->rlim_max, .rlim_max = before->rlim_max};
    setrlimit(resource, &lower);
}

static int spawn_now(const struct command *command, struct step *step, int input, int output, int errors, pid_t *process)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    posix_spawn_file_actions_addchdir_np(&actions, command->directory);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawn(process, step->program, &actions, &attributes, step->arguments, command->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int command_spawn(const struct command *command, struct step *step, int input, int output, int errors, pid_t *process)
{
    if (step->program == NULL) /* an earlier step may have made it */
        step->program = find_program(command, step->arguments[0]);
    if (step->program == NULL)
        return ENOENT;
    struct rlimit file_size = {0}, processes = {0};
    limit(RLIMIT_FSIZE, command->file_size_limit, &file_size);
    limit(RLIMIT_NPROC, command->process_limit, &processes);
    int failure = spawn_now(command, step, input, output, errors, process);
    if (command->file_size_limit >= 0)
        setrlimit(RLIMIT_FSIZE, &file_size);
    if (command->process_limit >= 0)
        setrlimit(RLIMIT_NPROC, &processes);
    return failure;
}

bool command_accepts(const struct step *step, int exit_code)
{
    if (step->expected == NULL || step->expected->kind != JSON_ARRAY)
        return exit_code == 0;
    for (const struct json *code = step->expected->first; code != NULL; code = code->next)
        if (code->kind == JSON_NUMBER && code->number == exit_code)
            return true;
    return false;
}
