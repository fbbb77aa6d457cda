#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

struct walk {
    struct manifest *manifest;
    struct tree_counts *counts;
    struct text *list; /* only list what differs; NULL: put it right */
    struct text path;
    int work, pristine;
};

static void note_difference(struct walk *walk, const char *path)
{
    if (walk->counts->different++ >= MOST_LISTED)
        return;
    if (walk->list->length > 0)
        text_string(walk->list, ",");
    text_json(walk->list, path, strlen(path));
}

static void mend(struct walk *walk, const char *directory)
{
    struct entry *entry = manifest_find(walk->manifest, directory);
    if (entry != NULL)
        entry->mended = true;
}

/* Copies an entry from the pristine tree into an open directory of the work tree. */
static bool bring_back(struct walk *walk, struct entry *entry, int directory, const char *name)
{
    struct stat status;
    if (fstatat(walk->pristine, entry->path, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return files_failed("read the pristine", entry->path);
    bool done = S_ISDIR(entry->mode) ? mkdirat(directory, name, 0700) == 0 || files_failed("make", name)
                                     : copy_entry(walk->pristine, entry->path, directory, name, &status);
    if (!done || fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return files_failed("restore", entry->path);
    if (S_ISDIR(entry->mode)) /* mode and time come last */
        entry->mended = true;
    else
        entry_refresh(entry, &status);
    entry->seen = true;
    return true;
}

static bool take_away(struct walk *walk, int directory, const char *name, const char *parent)
{
    mend(walk, parent);
    return remove_entry(directory, name, &walk->counts->removed);
}

static bool walk_directory(struct walk *walk, int directory);

static bool walk_below(struct walk *walk, int directory, const char *name, struct entry *entry, const struct stat *status)
{
    int below = open_directory(directory, name);
    if (below < 0)
        return files_failed("open", walk->path.data);
    bool same = entry->mode == status->st_mode && entry->mtime_ns == mtime_ns(status);
    if (walk->list == NULL)
        entry->mended = entry->mended || !same;
    else if (entry->mode != status->st_mode)
        note_difference(walk, walk->path.data);
    bool done = walk_directory(walk, below);
    close(below);
    return done;
}

/* What to do with an entry that is there; `parent` is its directory's path. */
static bool handle_entry(struct walk *walk, int directory, const char *name, const char *parent, const struct stat *status)
{
    struct entry *entry = manifest_find(walk->manifest, walk->path.data);
    bool same_kind = entry != NULL && (entry->mode & S_IFMT) == (status->st_mode & S_IFMT);
    if (!same_kind) {
        if (walk->list == NULL)
            return take_away(walk, directory, name, parent);
        note_difference(walk, walk->path.data);
        if (entry != NULL)
            entry->seen = true;
        return true;
    }
    if (S_ISDIR(status->st_mode)) {
        entry->seen = true;
        return walk_below(walk, directory, name, entry, status);
    }
    if (entry_is_same(entry, status)) {
        entry->seen = true;
        return true;
    }
    if (walk->list != NULL) {
        note_difference(walk, walk->path.data);
        entry->seen = true;
        return true;
    }
    int64_t replaced = 0; /* never written in place: the file may be linked from outside */
    walk->counts->copied++;
    mend(walk, parent);
    return remove_entry(directory, name, &replaced) && bring_back(walk, entry, directory, name);
}

static bool walk_one(struct walk *walk, int directory, const char *name, const char *parent)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || files_failed("read", name);
    if (is_kept_kind(status.st_mode))
        return true;
    walk->counts->scanned++;
    return handle_entry(walk, directory, name, parent, &status);
}

static bool walk_directory(struct walk *walk, int directory)
{
    struct text names = {0};
    size_t before = walk->path.length;
    char *parent = strdup(walk->path.data);
    bool done = list_names(directory, &names) || files_failed("list", parent);
    for (const char *name = NULL; done && (name = next_name(&names, name)) != NULL;) {
        text_format(&walk->path, "%s%s", before > 0 ? "/" : "", name);
        done = walk_one(walk, directory, name, parent);
        walk->path.length = before;
        walk->path.data[before] = '\0';
    }
    free(parent);
    text_free(&names);
    return done;
}

static bool create_one(struct walk *walk, struct entry *entry)
{
    const char *slash = strrchr(entry->path, '/');
    char *parent = strndup(entry->path, slash == NULL ? 0 : (size_t)(slash - entry->path));
    int directory = open_beneath(walk->work, parent);
    bool done = directory >= 0 || files_failed("open", parent);
    if (done) {
        mend(walk, parent);
        walk->counts->created++;
        done = bring_back(walk, entry, directory, slash == NULL ? entry->path : slash + 1);
        close(directory);
    }
    free(parent);
    return done;
}

static bool handle_missing(struct walk *walk)
{
    bool done = true;
    for (size_t index = 0; done && index < walk->manifest->length; index++) {
        struct entry *entry = &walk->manifest->entries[index];
        if (entry->seen || *entry->path == '\0')
            continue;
        if (walk->list != NULL)
            note_difference(walk, entry->path);
        else
            done = create_one(walk, entry);
    }
    return done;
}

/* Deepest first, though a time set is not disturbed by one set below it: the mode may close a directory. */
static bool mend_directories(struct walk *walk)
{
    bool done = true;
    for (size_t index = walk->manifest->length; done && index-- > 0;) {
        struct entry *entry = &walk->manifest->entries[index];
        if (!entry->mended || !S_ISDIR(entry->mode))
            continue;
        int64_t seconds = entry->mtime_ns / 1000000000;
        struct stat wanted = {.st_mode = entry->mode, .st_mtim = {seconds, entry->mtime_ns - seconds * 1000000000}};
        wanted.st_atim = wanted.st_mtim;
        int directory = open_beneath(walk->work, entry->path);
        done = directory >= 0 ? finish_directory(directory, &wanted) : files_failed("open", entry->path);
        if (directory >= 0)
            close(directory);
    }
    return done;
}

static bool walk_tree(struct manifest *manifest, struct tree_counts *counts, struct text *list)
{
    struct stat status;
    struct walk walk = {.manifest = manifest, .counts = counts, .list = list};
    walk.work = open(manifest->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    walk.pristine = open(manifest->pristine, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = (walk.work >= 0 && walk.pristine >= 0 && fstat(walk.work, &status) == 0) ||
                files_failed("open", walk.work < 0 ? manifest->work : manifest->pristine);
    for (size_t index = 0; index < manifest->length; index++)
        manifest->entries[index].seen = manifest->entries[index].mended = false;
    if (done) {
        struct entry *root = &manifest->entries[0];
        root->mended = root->mode != status.st_mode || root->mtime_ns != mtime_ns(&status);
        text_string(&walk.path, "");
        done = walk_directory(&walk, walk.work) && handle_missing(&walk) && (list != NULL || mend_directories(&walk));
    }
    text_free(&walk.path);
    if (walk.work >= 0)
        close(walk.work);
    if (walk.pristine >= 0)
        close(walk.pristine);
    return done;
}

bool restore_tree(struct manifest *manifest, struct tree_counts *counts)
{
    return walk_tree(manifest, counts, NULL);
}

bool list_differences(struct manifest *manifest, struct tree_counts *counts, struct text *list)
{
    return walk_tree(manifest, counts, list);
}
