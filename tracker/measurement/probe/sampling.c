#include "sampling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descendants.h"
#include "service.h"
#include "system.h"

enum { MOST_SAMPLES = 4096, FIRST_PEEK_NS = 50000 };

struct sample {
    int64_t at_ns, cpu_us;
    struct tree_memory memory;
    int64_t read_operations, write_operations, read_bytes, write_bytes;
};

void series_start(struct series *series, int interval_ms, int64_t now_ns)
{
    int64_t interval = (int64_t)interval_ms * 1000000;
    *series = (struct series){.interval_ns = interval, .next_ns = now_ns + interval, .peek_ns = now_ns, .peek_after_ns = FIRST_PEEK_NS, .peak_bytes = -1};
    if (interval_ms > 0)
        series->samples = must_allocate(MOST_SAMPLES * sizeof *series->samples);
}

static void add_io(pid_t process, struct sample *sample)
{
    char path[64], text[512];
    long long read_bytes, write_bytes, reads, writes;
    snprintf(path, sizeof path, "/proc/%d/io", (int)process);
    if (own_file(path, text, sizeof text) <= 0 ||
        sscanf(text, "rchar: %lld wchar: %lld syscr: %lld syscw: %lld", &read_bytes, &write_bytes, &reads, &writes) != 4)
        return;
    sample->read_bytes += read_bytes;
    sample->write_bytes += write_bytes;
    sample->read_operations += reads;
    sample->write_operations += writes;
}

static int64_t larger(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* A process that ended unseen takes its share with it: what has been seen stays seen. */
static void keep_rising(struct sample *sample, const struct sample *earlier)
{
    sample->cpu_us = larger(sample->cpu_us, earlier->cpu_us);
    sample->read_bytes = larger(sample->read_bytes, earlier->read_bytes);
    sample->write_bytes = larger(sample->write_bytes, earlier->write_bytes);
    sample->read_operations = larger(sample->read_operations, earlier->read_operations);
    sample->write_operations = larger(sample->write_operations, earlier->write_operations);
}

static void thin_out(struct series *series)
{
    for (int index = 1; index < MOST_SAMPLES; index += 2)
        series->samples[index / 2] = series->samples[index];
    series->length = MOST_SAMPLES / 2;
    series->interval_ns *= 2;
}

/* A command may be over before the first sample, so its peak is looked for from the start. The step
   alone, because a walk over all processes takes as long as such a command. */
static void peek(struct series *series, pid_t step, int64_t now_ns)
{
    struct tree_memory memory = {0};
    if (add_memory(step, &memory) && memory.rss > 0) /* a zombie has none */
        series->peak_bytes = larger(series->peak_bytes, memory.anonymous + memory.shared);
    series->peek_ns = now_ns + series->peek_after_ns;
    series->peek_after_ns *= 2;
}

static void take_sample(struct series *series, int64_t start_ns, int64_t now_ns)
{
    struct processes tree = {0};
    struct sample sample = {.at_ns = now_ns - start_ns};
    find_descendants(&tree);
    service_take_out(&tree);
    for (size_t index = 0; index < tree.length; index++) {
        sample.cpu_us += tree.items[index].cpu_us;
        add_memory(tree.items[index].process, &sample.memory);
        add_io(tree.items[index].process, &sample);
    }
    processes_free(&tree);
    if (series->length > 0)
        keep_rising(&sample, &series->samples[series->length - 1]);
    series->peak_bytes = larger(series->peak_bytes, sample.memory.anonymous + sample.memory.shared);
    series->samples[series->length++] = sample;
    if (series->length == MOST_SAMPLES)
        thin_out(series);
    series->next_ns += series->interval_ns * (1 + (now_ns - series->next_ns) / series->interval_ns);
}

int64_t series_due_ns(const struct series *series)
{
    if (series->interval_ns <= 0)
        return INT64_MAX;
    return series->length == 0 && series->peek_ns < series->next_ns ? series->peek_ns : series->next_ns;
}

void series_look(struct series *series, pid_t step, int64_t start_ns, int64_t now_ns)
{
    if (now_ns >= series->next_ns)
        take_sample(series, start_ns, now_ns);
    else
        peek(series, step, now_ns);
}

void series_write(const struct series *series, struct text *answer)
{
    text_string(answer, "[");
    for (int index = 0; index < series->length; index++) {
        const struct sample *sample = &series->samples[index];
        text_format(answer, "%s{\"tMs\":%.3f,\"cpuMs\":%.3f,\"rssBytes\":%lld,\"vmsBytes\":%lld,\"rssAnonBytes\":%lld,\"rssFileBytes\":%lld,\"rssShmemBytes\":%lld",
                    index > 0 ? "," : "", (double)sample->at_ns / 1e6, (double)sample->cpu_us / 1e3, (long long)sample->memory.rss,
                    (long long)sample->memory.vms, (long long)sample->memory.anonymous, (long long)sample->memory.file,
                    (long long)sample->memory.shared);
        text_format(answer, ",\"readOps\":%lld,\"writeOps\":%lld,\"readBytes\":%lld,\"writeBytes\":%lld}",
                    (long long)sample->read_operations, (long long)sample->write_operations, (long long)sample->read_bytes,
                    (long long)sample->write_bytes);
    }
    text_string(answer, "]");
}

void series_free(struct series *series)
{
    free(series->samples);
}
