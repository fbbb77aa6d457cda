/* Files and directories by descriptor: nothing here follows a symbolic link. */
#ifndef PROBE_FILES_H
#define PROBE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "text.h"

/* Names of a directory, each ending with NUL; walk them with `next_name`. */
bool list_names(int directory, struct text *names);
const char *next_name(const struct text *names, const char *name);

int open_directory(int parent, const char *name);
/* Opens a directory below `root`, component by component; "" is the root itself. */
int open_beneath(int root, const char *path);
int64_t mtime_ns(const struct stat *status);
int64_t ctime_ns(const struct stat *status);
/* Sockets, pipes and devices belong to running programs: they are neither copied nor removed. */
bool is_kept_kind(mode_t mode);

/* Copies one file or link with mode and time; the target must not exist. */
bool copy_entry(int from, const char *from_name, int to, const char *to_name, const struct stat *status);
/* Gives a directory the mode and time of `status`. */
bool finish_directory(int directory, const struct stat *status);
/* Removes whatever `name` is; adds what was removed to `count`. */
bool remove_entry(int directory, const char *name, int64_t *count);
bool same_content(int one, const char *one_name, int other, const char *other_name, const struct stat *status);

/* The first thing that went wrong, for the answer; `path` may be NULL. */
bool files_failed(const char *doing, const char *path);
const char *files_problem(void);
void files_forget_problem(void);

#endif
