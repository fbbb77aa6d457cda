#include "show.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void show_content(const char *path, mode_t mode)
{
    char bytes[1 << 14];
    if (S_ISLNK(mode)) {
        ssize_t length = readlink(path, bytes, sizeof bytes);
        if (length > 0)
            fwrite(bytes, 1, (size_t)length, stdout);
    } else if (S_ISREG(mode)) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length;
        while (file >= 0 && (length = read(file, bytes, sizeof bytes)) > 0)
            fwrite(bytes, 1, (size_t)length, stdout);
        if (file >= 0)
            close(file);
    }
    putchar('\n');
}

int show_files(int count, char *const paths[])
{
    int missing = 0;
    for (int index = 0; index < count; index++) {
        struct stat status;
        if (lstat(paths[index], &status) < 0) {
            printf("@ -\n");
            missing = 1;
            continue;
        }
        printf("@ %o\n", (unsigned)status.st_mode);
        show_content(paths[index], status.st_mode);
    }
    return fflush(stdout) == 0 ? missing : 2;
}
