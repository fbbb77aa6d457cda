#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "restore.h"

struct verifying {
    struct tree_counts *counts;
    struct text *list, path;
};

static void note(struct verifying *verifying)
{
    if (verifying->counts->different++ >= MOST_LISTED)
        return;
    if (verifying->list->length > 0)
        text_string(verifying->list, ",");
    text_json(verifying->list, verifying->path.data, verifying->path.length);
}

static bool compare_directories(struct verifying *verifying, int work, int pristine);

static bool compare_below(struct verifying *verifying, int work, int pristine, const char *name)
{
    int one = open_directory(work, name), other = open_directory(pristine, name);
    bool done = one >= 0 && other >= 0 ? compare_directories(verifying, one, other) : files_failed("open", verifying->path.data);
    if (one >= 0)
        close(one);
    if (other >= 0)
        close(other);
    return done;
}

static bool compare_one(struct verifying *verifying, int work, int pristine, const char *name)
{
    struct stat is, was;
    if (fstatat(work, name, &is, AT_SYMLINK_NOFOLLOW) != 0)
        return files_failed("read", verifying->path.data);
    if (is_kept_kind(is.st_mode))
        return true;
    verifying->counts->scanned++;
    if (fstatat(pristine, name, &was, AT_SYMLINK_NOFOLLOW) != 0 || is.st_mode != was.st_mode || mtime_ns(&is) != mtime_ns(&was)) {
        note(verifying);
        return true;
    }
    if (S_ISDIR(is.st_mode))
        return compare_below(verifying, work, pristine, name);
    if (is.st_size != was.st_size || !same_content(work, name, pristine, name, &is))
        note(verifying);
    return true;
}

/* The path is that of `name` while `handle` looks at it. */
static bool for_each(struct verifying *verifying, int listed, int work, int pristine,
                     bool (*handle)(struct verifying *, int, int, const char *))
{
    struct text names = {0};
    size_t before = verifying->path.length;
    bool done = list_names(listed, &names) || files_failed("list", verifying->path.data);
    for (const char *name = NULL; done && (name = next_name(&names, name)) != NULL;) {
        text_format(&verifying->path, "%s%s", before > 0 ? "/" : "", name);
        done = handle(verifying, work, pristine, name);
        verifying->path.length = before;
        verifying->path.data[before] = '\0';
    }
    text_free(&names);
    return done;
}

static bool note_missing(struct verifying *verifying, int work, int pristine, const char *name)
{
    struct stat status;
    (void)pristine;
    if (fstatat(work, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        note(verifying);
    return true;
}

static bool compare_directories(struct verifying *verifying, int work, int pristine)
{
    return for_each(verifying, work, work, pristine, compare_one) && for_each(verifying, pristine, work, pristine, note_missing);
}

bool list_content_differences(struct manifest *manifest, struct tree_counts *counts, struct text *list)
{
    struct verifying verifying = {.counts = counts, .list = list};
    int work = open(manifest->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int pristine = open(manifest->pristine, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_string(&verifying.path, "");
    bool done = work >= 0 && pristine >= 0 ? compare_directories(&verifying, work, pristine) : files_failed("open", manifest->work);
    text_free(&verifying.path);
    if (work >= 0)
        close(work);
    if (pristine >= 0)
        close(pristine);
    return done;
}
