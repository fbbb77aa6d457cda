/* The request lines on standard input and the signals that end the probe. */
#ifndef PROBE_INPUT_H
#define PROBE_INPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { MOST_LINE_BYTES = 8 * 1024 * 1024 };

enum line_kind { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG };

void input_open(void);
/* Two entries: standard input and signals. */
void input_poll_set(struct pollfd entries[2]);
/* Takes in what the poll reported. Ends the probe, with everything below it, when the master is gone. */
void input_take(const struct pollfd entries[2]);
/* The next line, without its end; valid until the next input_take. */
enum line_kind input_line(const char **line, size_t *length);
/* Removes a waiting cancel request and says whether there was one. */
bool input_cancelled(void);
/* Kills everything below the probe and exits. */
_Noreturn void leave(int code);

/* Opened once: /dev/null for the commands' standard input. */
int null_descriptor(void);
/* SIGCHLD arrives in the poll set only where the kernel has no pidfd. */
void input_watch_children(void);

#endif
