#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "descendants.h"
#include "json.h"
#include "system.h"
#include "text.h"
#include "worker.h"

static struct {
    struct text waiting;
    size_t used;    /* lines before this have been given out */
    size_t scanned; /* no line ends between `used` and this */
    bool skipping;  /* inside a line that was too long */
    int signals, null;
    sigset_t watched;
} input;

_Noreturn void leave(int code)
{
    worker_end();
    kill_descendants(true, NULL);
    _exit(code);
}

void input_open(void)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&input.watched);
    sigaddset(&input.watched, SIGTERM);
    sigaddset(&input.watched, SIGINT);
    sigaddset(&input.watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &input.watched, NULL);
    input.signals = signalfd(-1, &input.watched, SFD_CLOEXEC | SFD_NONBLOCK);
    input.null = open("/dev/null", O_RDWR | O_CLOEXEC);
}

int null_descriptor(void)
{
    return input.null;
}

void input_watch_children(void)
{
    sigaddset(&input.watched, SIGCHLD);
    sigprocmask(SIG_BLOCK, &input.watched, NULL);
    signalfd(input.signals, &input.watched, 0);
}

void input_poll_set(struct pollfd entries[2])
{
    /* A master that sends on and on is read no further until the command has ended. */
    bool full = input.waiting.length - input.used > 2 * MOST_LINE_BYTES;
    entries[0] = (struct pollfd){.fd = STDIN_FILENO, .events = full ? 0 : POLLIN};
    entries[1] = (struct pollfd){.fd = input.signals, .events = POLLIN};
}

static void take_signals(void)
{
    struct signalfd_siginfo came;
    while (own_read(input.signals, &came, sizeof came) == sizeof came)
        if (came.ssi_signo != SIGCHLD)
            leave(128 + (int)came.ssi_signo);
}

static void drop_used(void)
{
    size_t left = input.waiting.length - input.used;
    if (left == 0) {
        text_clear(&input.waiting);
    } else if (input.used > 0) {
        memmove(input.waiting.data, input.waiting.data + input.used, left);
        input.waiting.length = left;
    }
    input.scanned -= input.used;
    input.used = 0;
}

static void take_bytes(void)
{
    char bytes[16384];
    ssize_t got = own_read(STDIN_FILENO, bytes, sizeof bytes);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        leave(0);
    if (got <= 0)
        return;
    drop_used();
    text_add(&input.waiting, bytes, (size_t)got);
}

void input_take(const struct pollfd entries[2])
{
    if (entries[1].revents != 0)
        take_signals();
    if (entries[0].revents & (POLLIN | POLLERR | POLLNVAL))
        take_bytes();
    else if (entries[0].revents & POLLHUP) /* all that was sent has been read */
        leave(0);
}

enum line_kind input_line(const char **line, size_t *length)
{
    for (;;) {
        char *from = input.waiting.data + input.scanned;
        size_t left = input.waiting.length - input.scanned;
        char *end = left > 0 ? memchr(from, '\n', left) : NULL;
        input.scanned = end != NULL ? (size_t)(end - input.waiting.data) + 1 : input.waiting.length;
        size_t size = input.scanned - input.used;
        if (end == NULL && !input.skipping && size <= MOST_LINE_BYTES)
            return LINE_NONE;
        size_t begin = input.used;
        bool skipped = input.skipping;
        input.used = input.scanned;
        input.skipping = end == NULL;
        if (end == NULL && skipped)
            return LINE_NONE;
        if (skipped)
            continue; /* the end of the long line: its error has been answered */
        if (end == NULL || size > MOST_LINE_BYTES)
            return LINE_TOO_LONG;
        *line = input.waiting.data + begin;
        *length = size - 1;
        return LINE_WHOLE;
    }
}

bool input_cancelled(void)
{
    static const char mark[] = "\"cancel\"";
    size_t left = input.waiting.length - input.used;
    if (left == 0)
        return false;
    char *line = input.waiting.data + input.used;
    char *end = memchr(line, '\n', left);
    if (end == NULL || memmem(line, (size_t)(end - line), mark, sizeof mark - 1) == NULL)
        return false;
    const char *message;
    const char *operation = json_string(json_read(line, (size_t)(end - line), &message), "op");
    if (operation == NULL || strcmp(operation, "cancel") != 0)
        return false;
    input.used = input.scanned = (size_t)(end - input.waiting.data) + 1;
    return true;
}
