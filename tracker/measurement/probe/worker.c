#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descendants.h"
#include "input.h"
#include "json.h"
#include "system.h"
#include "tree_requests.h"

static pid_t process;
static int line_to_worker = -1;

static bool write_all(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t put = own_write(descriptor, bytes, length);
        if (put <= 0)
            return false;
        bytes += put;
        length -= (size_t)put;
    }
    return true;
}

static void answer_one(const char *line, size_t length, int descriptor)
{
    const char *message;
    struct text answer = {0};
    const struct json *request = json_read(line, length, &message);
    tree_request(request, &answer);
    text_string(&answer, "\n");
    if (!write_all(descriptor, answer.data, answer.length))
        _exit(0);
    text_free(&answer);
    arena_reset();
}

_Noreturn static void work(int descriptor)
{
    struct text waiting = {0};
    char bytes[16384];
    for (ssize_t got; (got = own_read(descriptor, bytes, sizeof bytes)) > 0;) {
        text_add(&waiting, bytes, (size_t)got);
        if (bytes[got - 1] != '\n') /* requests come one at a time */
            continue;
        answer_one(waiting.data, waiting.length - 1, descriptor);
        text_clear(&waiting);
    }
    _exit(0);
}

static bool start(void)
{
    int ends[2];
    if (process > 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    pid_t probe = getpid();
    pid_t forked = fork();
    if (forked == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != probe)
            _exit(0);
        dup2(null_descriptor(), STDIN_FILENO); /* the master must see the end of the probe, not of this */
        dup2(null_descriptor(), STDOUT_FILENO);
        close(ends[0]);
        work(ends[1]);
    }
    close(ends[1]);
    if (forked < 0) {
        close(ends[0]);
        return false;
    }
    process = forked;
    line_to_worker = ends[0];
    set_worker(process);
    return true;
}

void worker_end(void)
{
    if (process <= 0)
        return;
    kill(process, SIGKILL);
    close(line_to_worker);
    waitpid(process, NULL, 0);
    set_worker(0);
    process = 0;
}

bool worker_answer(const char *line, size_t length, struct text *answer)
{
    if (!start() || !write_all(line_to_worker, line, length) || !write_all(line_to_worker, "\n", 1)) {
        worker_end();
        return false;
    }
    for (;;) {
        struct pollfd entries[3] = {{.fd = line_to_worker, .events = POLLIN}};
        char bytes[16384];
        input_poll_set(entries + 1);
        if (poll(entries, 3, -1) < 0)
            continue;
        input_take(entries + 1);
        if (entries[0].revents == 0)
            continue;
        ssize_t got = own_read(line_to_worker, bytes, sizeof bytes);
        if (got <= 0) {
            worker_end(); /* it died; the next request gets a new one, which knows no manifest */
            return false;
        }
        text_add(answer, bytes, (size_t)got);
        if (bytes[got - 1] == '\n')
            return true;
    }
}
