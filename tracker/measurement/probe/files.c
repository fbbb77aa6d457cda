#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

static struct text problem;

bool files_failed(const char *doing, const char *path)
{
    int error = errno;
    if (problem.length == 0)
        text_format(&problem, "%s %s: %s", doing, path == NULL ? "" : path, strerror(error));
    return false;
}

const char *files_problem(void)
{
    return problem.length > 0 ? problem.data : NULL;
}

void files_forget_problem(void)
{
    text_clear(&problem);
}

bool list_names(int directory, struct text *names)
{
    _Alignas(8) char bytes[32768];
    text_clear(names);
    lseek(directory, 0, SEEK_SET);
    for (;;) {
        ssize_t got = getdents64(directory, bytes, sizeof bytes);
        if (got <= 0)
            return got == 0;
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(bytes + at);
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                text_add(names, entry->d_name, strlen(entry->d_name) + 1);
            at += entry->d_reclen;
        }
    }
}

const char *next_name(const struct text *names, const char *name)
{
    const char *next = name == NULL ? names->data : name + strlen(name) + 1;
    return next == NULL || next >= names->data + names->length ? NULL : next;
}

int open_directory(int parent, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int directory = openat(parent, name, flags);
    if (directory < 0 && errno == EACCES) { /* its owner may let himself in; the mode is put right afterwards */
        struct stat status;
        if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode) &&
            fchmodat(parent, name, 0700, 0) == 0)
            directory = openat(parent, name, flags);
        else
            errno = EACCES;
    }
    return directory;
}

int open_beneath(int root, const char *path)
{
    int directory = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_MAX + 1];
    while (directory >= 0 && *path != '\0') {
        size_t length = strcspn(path, "/");
        if (length > NAME_MAX) {
            close(directory);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, path, length);
        name[length] = '\0';
        int below = open_directory(directory, name);
        close(directory);
        directory = below;
        path += length + (path[length] == '/');
    }
    return directory;
}

int64_t mtime_ns(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

int64_t ctime_ns(const struct stat *status)
{
    return (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec;
}

bool is_kept_kind(mode_t mode)
{
    return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode);
}

/* A directory without write permission is opened to its owner, as `rm -rf` does not. */
static bool made_writable(int directory)
{
    struct stat status;
    int error = errno;
    bool made = error == EACCES && fstat(directory, &status) == 0 && (status.st_mode & 0300) != 0300 &&
                fchmod(directory, (status.st_mode & 07777) | 0700) == 0;
    errno = error;
    return made;
}

static bool copy_by_hand(int from, int to)
{
    char bytes[BLOCK];
    for (;;) {
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got <= 0)
            return got == 0;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, bytes + done, (size_t)(got - done));
            if (put < 0)
                return false;
            done += put;
        }
    }
}

static bool copy_bytes(int from, int to, off_t size)
{
    while (size > 0) {
        ssize_t copied = copy_file_range(from, NULL, to, NULL, (size_t)size, 0);
        if (copied <= 0) /* not between these file systems: on from where it stopped */
            return copy_by_hand(from, to);
        size -= copied;
    }
    return true;
}

static bool copy_file(int from, const char *from_name, int to, const char *to_name, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    int source = openat(from, from_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0)
        return files_failed("open", from_name);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int target = openat(to, to_name, flags, 0600);
    if (target < 0 && made_writable(to))
        target = openat(to, to_name, flags, 0600);
    bool done = target >= 0 && copy_bytes(source, target, status->st_size) && fchmod(target, status->st_mode & 07777) == 0 &&
                futimens(target, times) == 0;
    if (!done)
        files_failed("write", to_name);
    close(source);
    if (target >= 0 && close(target) != 0 && done)
        done = files_failed("write", to_name);
    return done;
}

static bool copy_link(int from, const char *from_name, int to, const char *to_name, const struct stat *status)
{
    char pointed[PATH_MAX];
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    ssize_t length = readlinkat(from, from_name, pointed, sizeof pointed - 1);
    if (length < 0)
        return files_failed("read", from_name);
    pointed[length] = '\0';
    if (symlinkat(pointed, to, to_name) != 0 && !(made_writable(to) && symlinkat(pointed, to, to_name) == 0))
        return files_failed("link", to_name);
    return utimensat(to, to_name, times, AT_SYMLINK_NOFOLLOW) == 0 || files_failed("set the time of", to_name);
}

bool copy_entry(int from, const char *from_name, int to, const char *to_name, const struct stat *status)
{
    return S_ISLNK(status->st_mode) ? copy_link(from, from_name, to, to_name, status)
                                    : copy_file(from, from_name, to, to_name, status);
}

bool finish_directory(int directory, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    return (fchmod(directory, status->st_mode & 07777) == 0 && futimens(directory, times) == 0) ||
           files_failed("set mode and time of", "a directory");
}

static bool unlink_entry(int directory, const char *name, int flags)
{
    return unlinkat(directory, name, flags) == 0 || (made_writable(directory) && unlinkat(directory, name, flags) == 0) ||
           files_failed("remove", name);
}

static bool remove_content(int directory, int64_t *count)
{
    struct text names = {0};
    bool done = list_names(directory, &names) || files_failed("list", "a directory");
    for (const char *name = NULL; done && (name = next_name(&names, name)) != NULL;)
        done = remove_entry(directory, name, count);
    text_free(&names);
    return done;
}

bool remove_entry(int directory, const char *name, int64_t *count)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return files_failed("remove", name);
    if (S_ISDIR(status.st_mode)) {
        int below = open_directory(directory, name);
        if (below < 0)
            return files_failed("open", name);
        bool emptied = remove_content(below, count);
        close(below);
        if (!emptied)
            return false;
    }
    ++*count;
    return unlink_entry(directory, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

static bool same_link(int one, const char *one_name, int other, const char *other_name)
{
    char first[PATH_MAX], second[PATH_MAX];
    ssize_t length = readlinkat(one, one_name, first, sizeof first);
    return length >= 0 && readlinkat(other, other_name, second, sizeof second) == length &&
           memcmp(first, second, (size_t)length) == 0;
}

bool same_content(int one, const char *one_name, int other, const char *other_name, const struct stat *status)
{
    static char first[BLOCK], second[BLOCK];
    if (S_ISLNK(status->st_mode))
        return same_link(one, one_name, other, other_name);
    int left = openat(one, one_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int right = openat(other, other_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool same = left >= 0 && right >= 0;
    while (same) {
        ssize_t got = read(left, first, sizeof first), compared = read(right, second, sizeof second);
        same = got >= 0 && got == compared && memcmp(first, second, (size_t)got) == 0;
        if (got <= 0)
            break;
    }
    if (left >= 0)
        close(left);
    if (right >= 0)
        close(right);
    return same;
}
