#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "restore.h"

struct copying {
    struct manifest *manifest;
    struct tree_counts *counts;
    struct text path; /* relative, of the directory under way */
};

static bool copy_directory(struct copying *copying, int from, int to, const struct stat *status);

static bool copy_below(struct copying *copying, int from, int to, const char *name, const struct stat *status)
{
    if (mkdirat(to, name, 0700) != 0)
        return files_failed("make", name);
    int source = open_directory(from, name), target = open_directory(to, name);
    bool done = source >= 0 && target >= 0 ? copy_directory(copying, source, target, status) : files_failed("open", name);
    if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    return done;
}

static bool copy_one(struct copying *copying, int from, int to, const char *name)
{
    struct stat status;
    size_t before = copying->path.length;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return files_failed("read", name);
    if (is_kept_kind(status.st_mode)) {
        copying->counts->skipped++;
        return true;
    }
    text_format(&copying->path, "%s%s", before > 0 ? "/" : "", name);
    copying->counts->scanned++;
    copying->counts->bytes += S_ISREG(status.st_mode) ? status.st_size : 0;
    if (copying->manifest != NULL)
        manifest_add(copying->manifest, copying->path.data, &status);
    bool done = S_ISDIR(status.st_mode) ? copy_below(copying, from, to, name, &status) : copy_entry(from, name, to, name, &status);
    copying->path.length = before;
    copying->path.data[before] = '\0';
    return done;
}

static bool copy_directory(struct copying *copying, int from, int to, const struct stat *status)
{
    struct text names = {0};
    bool done = list_names(from, &names) || files_failed("list", copying->path.data);
    for (const char *name = NULL; done && (name = next_name(&names, name)) != NULL;)
        done = copy_one(copying, from, to, name);
    text_free(&names);
    return done && finish_directory(to, status);
}

static bool is_empty(int directory)
{
    struct text names = {0};
    bool empty = list_names(directory, &names) && names.length == 0;
    text_free(&names);
    return empty;
}

static bool copy_opened(const char *target, int from, int to, struct manifest *manifest, struct tree_counts *counts)
{
    struct stat status;
    struct copying copying = {.manifest = manifest, .counts = counts};
    if (fstat(from, &status) != 0)
        return files_failed("read", "the source");
    if (!is_empty(to)) {
        errno = ENOTEMPTY;
        return files_failed("copy to", target);
    }
    text_string(&copying.path, "");
    counts->scanned++;
    if (manifest != NULL)
        manifest_add(manifest, "", &status);
    bool done = copy_directory(&copying, from, to, &status);
    text_free(&copying.path);
    return done;
}

bool copy_tree(const char *source, const char *target, struct manifest *manifest, struct tree_counts *counts)
{
    int from = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return files_failed("open", source);
    if (mkdir(target, 0700) != 0 && errno != EEXIST) {
        close(from);
        return files_failed("make", target);
    }
    int to = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = to >= 0 ? copy_opened(target, from, to, manifest, counts) : files_failed("open", target);
    close(from);
    if (to >= 0)
        close(to);
    return done;
}
