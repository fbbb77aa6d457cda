#include "tree_requests.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "manifest.h"
#include "restore.h"

/* A change within one tick of the file system's clock would leave no trace in a time. */
enum { RACY_NS = 20 * 1000 * 1000 };

static bool fail(struct text *answer, const char *type, const char *message)
{
    text_format(answer, "\"error\":{\"type\":\"%s\",\"message\":", type);
    text_json(answer, message, strlen(message));
    text_string(answer, "}");
    return false;
}

static void answer_counts(struct text *answer, const struct tree_counts *counts)
{
    text_format(answer, "\"scanned\":%lld,\"copied\":%lld,\"removed\":%lld,\"created\":%lld", (long long)counts->scanned,
                (long long)counts->copied, (long long)counts->removed, (long long)counts->created);
}

static const char *absolute(const struct json *request, const char *key, struct text *answer)
{
    const char *path = json_string(request, key);
    char message[128];
    if (path != NULL && *path == '/')
        return path;
    snprintf(message, sizeof message, "%s: must be an absolute path", key);
    fail(answer, "request", message);
    return NULL;
}

/* The manifest named by `work`, or an error in the answer. */
static struct manifest *known(const struct json *request, struct text *answer)
{
    const char *work = absolute(request, "work", answer);
    if (work == NULL)
        return NULL;
    struct manifest *manifest = manifest_of(work);
    if (manifest == NULL)
        fail(answer, "request", "work: no snapshot has been taken of this tree");
    return manifest;
}

struct name_of_many { /* a file with several names is counted once */
    uint64_t device, inode; /* inode 0: an empty slot, no file system has it */
};

struct scan {
    struct name_of_many *slots;
    size_t used, slot_count;
    int64_t blocks, entries;
};

static struct name_of_many *slot_of(const struct scan *scan, uint64_t device, uint64_t inode)
{
    size_t slot = (size_t)((inode ^ device << 48) * 11400714819323198485u >> 20) & (scan->slot_count - 1);
    while (scan->slots[slot].inode != 0 && (scan->slots[slot].inode != inode || scan->slots[slot].device != device))
        slot = (slot + 1) & (scan->slot_count - 1);
    return &scan->slots[slot];
}

static void grow(struct scan *scan)
{
    struct scan wider = {.slot_count = scan->slot_count ? 2 * scan->slot_count : 256};
    size_t bytes = wider.slot_count * sizeof *wider.slots;
    wider.slots = memset(must_allocate(bytes), 0, bytes);
    for (size_t index = 0; index < scan->slot_count; index++)
        if (scan->slots[index].inode != 0)
            *slot_of(&wider, scan->slots[index].device, scan->slots[index].inode) = scan->slots[index];
    free(scan->slots);
    scan->slots = wider.slots;
    scan->slot_count = wider.slot_count;
}

static bool counted_before(struct scan *scan, const struct stat *status)
{
    if (2 * scan->used >= scan->slot_count)
        grow(scan);
    struct name_of_many *slot = slot_of(scan, status->st_dev, status->st_ino);
    if (slot->inode != 0)
        return true;
    *slot = (struct name_of_many){.device = status->st_dev, .inode = status->st_ino};
    scan->used++;
    return false;
}

static bool scan_entry(struct scan *scan, int parent, const char *name)
{
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || files_failed("read", name);
    scan->entries++;
    if (S_ISDIR(status.st_mode) || status.st_nlink == 1 || !counted_before(scan, &status))
        scan->blocks += status.st_blocks;
    if (!S_ISDIR(status.st_mode))
        return true;
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct text names = {0};
    bool done = (directory >= 0 && list_names(directory, &names)) || files_failed("list", name);
    for (const char *below = NULL; done && (below = next_name(&names, below)) != NULL;)
        done = scan_entry(scan, directory, below);
    text_free(&names);
    if (directory >= 0)
        close(directory);
    return done;
}

static void scan(const struct json *request, struct text *answer)
{
    struct scan scan = {0};
    const struct json *paths = json_get(request, "paths");
    if (!json_are_strings(paths)) {
        fail(answer, "request", "paths: must be a list of paths");
        return;
    }
    bool done = true;
    for (const struct json *path = paths->first; done && path != NULL; path = path->next) {
        struct stat status;
        done = lstat(path->string, &status) == 0 ? scan_entry(&scan, AT_FDCWD, path->string) : files_failed("read", path->string);
    }
    free(scan.slots);
    if (done)
        text_format(answer, "\"allocatedBytes\":%lld,\"entries\":%lld", (long long)scan.blocks * 512, (long long)scan.entries);
}

static void outlast_the_clock(const struct manifest *manifest)
{
    struct timespec now;
    int64_t newest = 0;
    for (size_t index = 0; index < manifest->length; index++)
        newest = manifest->entries[index].ctime_ns > newest ? manifest->entries[index].ctime_ns : newest;
    clock_gettime(CLOCK_REALTIME, &now);
    if ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec - newest < RACY_NS)
        nanosleep(&(struct timespec){.tv_nsec = RACY_NS}, NULL);
}

static bool lies_within(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static void snapshot(const struct json *request, struct text *answer)
{
    struct tree_counts counts = {0};
    const char *work = absolute(request, "work", answer);
    const char *pristine = work == NULL ? NULL : absolute(request, "pristine", answer);
    if (pristine == NULL)
        return;
    if (lies_within(pristine, work) || lies_within(work, pristine)) {
        fail(answer, "request", "pristine: must lie outside the work tree");
        return;
    }
    struct manifest *manifest = manifest_new(work, pristine);
    if (copy_tree(work, pristine, manifest, &counts)) {
        outlast_the_clock(manifest);
        text_format(answer, "\"entries\":%lld,\"bytes\":%lld,\"skipped\":%lld", (long long)counts.scanned, (long long)counts.bytes, (long long)counts.skipped);
    } else {
        manifest_forget(manifest);
    }
}

static void restore(const struct json *request, struct text *answer)
{
    struct tree_counts counts = {0};
    struct manifest *manifest = known(request, answer);
    if (manifest != NULL && restore_tree(manifest, &counts))
        answer_counts(answer, &counts);
}

static void compare(const struct json *request, struct text *answer,
                    bool (*list_them)(struct manifest *, struct tree_counts *, struct text *))
{
    struct tree_counts counts = {0};
    struct text list = {0};
    struct manifest *manifest = known(request, answer);
    text_string(&list, "");
    if (manifest != NULL && list_them(manifest, &counts, &list))
        text_format(answer, "\"scanned\":%lld,\"different\":%lld,\"paths\":[%s]", (long long)counts.scanned,
                    (long long)counts.different, list.data);
    text_free(&list);
}

static void differences(const struct json *request, struct text *answer)
{
    compare(request, answer, list_differences);
}

static void verify(const struct json *request, struct text *answer)
{
    compare(request, answer, list_content_differences);
}

static void copy(const struct json *request, struct text *answer)
{
    struct tree_counts counts = {0};
    const char *source = absolute(request, "source", answer);
    const char *target = source == NULL ? NULL : absolute(request, "target", answer);
    if (target == NULL)
        return;
    if (lies_within(target, source)) {
        fail(answer, "request", "target: must not lie within the source");
        return;
    }
    if (copy_tree(source, target, NULL, &counts))
        text_format(answer, "\"entries\":%lld,\"bytes\":%lld,\"skipped\":%lld", (long long)counts.scanned,
                    (long long)counts.bytes, (long long)counts.skipped);
}

/* Opens the directory that holds `path` when it lies in `root` and names the entry; -1 otherwise. */
static int holder_within(const char *path, const char *root, char name[NAME_MAX + 1])
{
    char whole[PATH_MAX], copied[PATH_MAX], real_root[PATH_MAX], real_holder[PATH_MAX];
    if (snprintf(whole, sizeof whole, "%s", path) >= (int)sizeof whole)
        return -1;
    memcpy(copied, whole, sizeof copied);
    const char *base = basename(copied);
    if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || strcmp(base, "/") == 0 || strlen(base) > NAME_MAX)
        return -1;
    snprintf(name, NAME_MAX + 1, "%s", base);
    if (realpath(root, real_root) == NULL || realpath(dirname(whole), real_holder) == NULL || !lies_within(real_holder, real_root))
        return -1;
    return open(real_holder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_tree(const struct json *request, struct text *answer)
{
    struct stat status;
    char name[NAME_MAX + 1];
    int64_t removed = 0;
    const char *path = absolute(request, "path", answer);
    const char *root = path == NULL ? NULL : absolute(request, "root", answer);
    if (root == NULL)
        return;
    int holder = holder_within(path, root, name);
    if (holder < 0) {
        fail(answer, "request", "path: must lie below root");
        return;
    }
    bool there = fstatat(holder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || remove_entry(holder, name, &removed))
        text_format(answer, "\"removed\":%lld", (long long)removed);
    close(holder);
}

static const struct {
    const char *name;
    void (*answer)(const struct json *, struct text *);
} operations[] = {{"scan", scan},     {"snapshot", snapshot}, {"restore", restore}, {"differences", differences},
                  {"verify", verify}, {"copy", copy},         {"remove", remove_tree}};

enum { OPERATIONS = sizeof operations / sizeof *operations };

bool is_tree_request(const char *operation)
{
    for (int index = 0; index < OPERATIONS; index++)
        if (strcmp(operation, operations[index].name) == 0)
            return true;
    return false;
}

void tree_request(const struct json *request, struct text *answer)
{
    const char *operation = json_string(request, "op");
    text_string(answer, "{\"id\":");
    json_write_scalar(answer, json_get(request, "id"));
    text_string(answer, ",");
    files_forget_problem();
    for (int index = 0; index < OPERATIONS; index++)
        if (strcmp(operation, operations[index].name) == 0)
            operations[index].answer(request, answer);
    if (files_problem() != NULL)
        fail(answer, "filesystem", files_problem());
    text_string(answer, "}");
}
