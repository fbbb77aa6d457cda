/* Putting a working tree back by what differs, so that a stat cache over it stays true. */
#ifndef PROBE_RESTORE_H
#define PROBE_RESTORE_H

#include <stdint.h>

#include "manifest.h"
#include "text.h"

enum { MOST_LISTED = 50 };

struct tree_counts {
    int64_t scanned, copied, removed, created, different, bytes, skipped;
};

/* Copies a tree; with a manifest, records what the source looks like. The target must be missing or empty. */
bool copy_tree(const char *source, const char *target, struct manifest *manifest, struct tree_counts *counts);
bool restore_tree(struct manifest *manifest, struct tree_counts *counts);
/* Adds to `list` the paths (JSON strings) that differ by stat; changes nothing. */
bool list_differences(struct manifest *manifest, struct tree_counts *counts, struct text *list);
/* The same by content, mode and time, against the pristine copy. */
bool list_content_differences(struct manifest *manifest, struct tree_counts *counts, struct text *list);

#endif
