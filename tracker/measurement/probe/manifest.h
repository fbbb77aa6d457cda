/* What a working tree looked like when its pristine copy was made. */
#ifndef PROBE_MANIFEST_H
#define PROBE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct entry {
    char *path; /* relative; "" is the tree itself */
    uint32_t mode;
    uint64_t inode;
    int64_t size, mtime_ns, ctime_ns;
    bool seen;   /* in the walk under way */
    bool mended; /* a directory whose mode and time must be put right */
};

struct manifest {
    struct manifest *next;
    char *work, *pristine;
    struct entry *entries; /* a directory comes before what it holds */
    size_t length, capacity;
    uint32_t *slots; /* index + 1 by hash of the path, 0 empty */
    size_t slot_count;
};

struct manifest *manifest_new(const char *work, const char *pristine);
struct manifest *manifest_of(const char *work);
void manifest_forget(struct manifest *manifest);
void manifest_add(struct manifest *manifest, const char *path, const struct stat *status);
struct entry *manifest_find(const struct manifest *manifest, const char *path);
void entry_refresh(struct entry *entry, const struct stat *status);
/* True when the file is, by all that a stat can say, the one that was recorded. */
bool entry_is_same(const struct entry *entry, const struct stat *status);

#endif
