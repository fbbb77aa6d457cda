#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system.h"

/* Output up to this size is hashed after the clock; a pipe as large lets the command write without waiting. */
enum { PENDING_BYTES = 256 * 1024 };

/* Two streams take turns with two buffers that stay: to map them anew costs more than to read. */
static unsigned char *pending_buffer(void)
{
    static unsigned char *buffers[2];
    static unsigned turn;
    turn = !turn;
    if (buffers[turn] == NULL)
        buffers[turn] = must_allocate(PENDING_BYTES);
    return buffers[turn];
}

int capture_open(struct capture *capture, size_t keep, bool in_file)
{
    int ends[2];
    *capture = (struct capture){.descriptor = -1, .keep = keep, .pending = pending_buffer()};
    sha256_start(&capture->hash);
    if (in_file)
        return memfd_create("output", MFD_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[0], F_SETPIPE_SZ, PENDING_BYTES); /* refused over the user's limit: then it is 64 KiB */
    capture->descriptor = ends[0];
    return ends[1];
}

static void keep_tail(struct capture *capture, const unsigned char *bytes, size_t length)
{
    if (capture->keep == 0 || length == 0)
        return;
    if (capture->tail == NULL)
        capture->tail = must_allocate(capture->keep);
    size_t at = (size_t)((capture->consumed - capture->keep) % capture->keep);
    if (length > capture->keep) { /* only the last of it can stay */
        at = (at + length - capture->keep) % capture->keep;
        bytes += length - capture->keep;
        length = capture->keep;
    }
    size_t first = length < capture->keep - at ? length : capture->keep - at;
    memcpy(capture->tail + at, bytes, first);
    memcpy(capture->tail, bytes + first, length - first);
}

static void consume(struct capture *capture)
{
    const unsigned char *bytes = capture->pending;
    size_t length = capture->pending_length;
    sha256_add(&capture->hash, bytes, length);
    if (capture->consumed < capture->keep) {
        size_t room = capture->keep - (size_t)capture->consumed, head = length < room ? length : room;
        if (capture->head == NULL)
            capture->head = must_allocate(capture->keep);
        memcpy(capture->head + capture->consumed, bytes, head);
        capture->consumed += head;
        bytes += head;
        length -= head;
    }
    keep_tail(capture, bytes, length);
    capture->consumed += length;
    capture->pending_length = 0;
}

static ssize_t read_some(struct capture *capture, size_t most)
{
    if (capture->pending_length == PENDING_BYTES)
        consume(capture);
    size_t room = PENDING_BYTES - capture->pending_length;
    ssize_t got = own_read(capture->descriptor, capture->pending + capture->pending_length, room < most ? room : most);
    if (got > 0) {
        capture->pending_length += (size_t)got;
        capture->bytes += (uint64_t)got;
    } else if (got == 0 || errno != EAGAIN) {
        close(capture->descriptor);
        capture->descriptor = -1;
    }
    return got;
}

void capture_read(struct capture *capture)
{
    if (capture->descriptor >= 0)
        read_some(capture, PENDING_BYTES);
}

/* What a service has written so far; its own position in the file stays where it is. */
static void read_file(struct capture *capture, int file)
{
    ssize_t got = own_pread(file, capture->pending, PENDING_BYTES);
    capture->pending_length = got > 0 ? (size_t)got : 0;
    capture->bytes = capture->pending_length;
}

void capture_finish(struct capture *capture, int write_end)
{
    int left = 0; /* a process that outlives the command may go on writing: only what is there now */
    if (capture->descriptor >= 0 && ioctl(capture->descriptor, FIONREAD, &left) == 0)
        while (left > 0 && capture->descriptor >= 0) {
            ssize_t got = read_some(capture, (size_t)left);
            if (got <= 0)
                break;
            left -= (int)got;
        }
    if (capture->descriptor < 0 && capture->bytes == 0 && write_end >= 0 && lseek(write_end, 0, SEEK_CUR) >= 0)
        read_file(capture, write_end);
    if (capture->descriptor >= 0)
        close(capture->descriptor);
    if (write_end >= 0)
        close(write_end);
    capture->descriptor = -1;
}

void capture_write(struct capture *capture, struct text *answer)
{
    char digest[65];
    if (capture->pending_length > 0)
        consume(capture);
    uint64_t bytes = capture->bytes;
    size_t keep = capture->keep, head = bytes < keep ? (size_t)bytes : keep;
    size_t tail = bytes - head < keep ? (size_t)(bytes - head) : keep;
    sha256_finish(&capture->hash, digest);
    text_format(answer, "{\"bytes\":%llu,\"sha256\":\"%s\",\"head\":", (unsigned long long)bytes, digest);
    text_base64(answer, capture->head, head);
    text_string(answer, ",\"tail\":");
    if (bytes - head > keep && keep > 0) { /* the ring has turned: its oldest byte comes first */
        size_t oldest = (size_t)((bytes - keep) % keep);
        unsigned char *ordered = must_allocate(keep);
        memcpy(ordered, capture->tail + oldest, keep - oldest);
        memcpy(ordered + keep - oldest, capture->tail, oldest);
        text_base64(answer, ordered, keep);
        free(ordered);
    } else {
        text_base64(answer, capture->tail, tail);
    }
    text_string(answer, "}");
}

void capture_free(struct capture *capture)
{
    if (capture->descriptor >= 0)
        close(capture->descriptor);
    free(capture->head);
    free(capture->tail);
}
