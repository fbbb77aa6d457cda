#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "text.h"

static struct manifest *manifests;

struct manifest *manifest_of(const char *work)
{
    struct manifest *manifest = manifests;
    while (manifest != NULL && strcmp(manifest->work, work) != 0)
        manifest = manifest->next;
    return manifest;
}

void manifest_forget(struct manifest *gone)
{
    struct manifest **link = &manifests;
    while (*link != NULL && *link != gone)
        link = &(*link)->next;
    if (*link != NULL)
        *link = gone->next;
    for (size_t index = 0; index < gone->length; index++)
        free(gone->entries[index].path);
    free(gone->entries);
    free(gone->slots);
    free(gone->work);
    free(gone->pristine);
    free(gone);
}

struct manifest *manifest_new(const char *work, const char *pristine)
{
    struct manifest *old = manifest_of(work);
    if (old != NULL)
        manifest_forget(old);
    struct manifest *manifest = must_allocate(sizeof *manifest);
    *manifest = (struct manifest){.next = manifests, .work = strdup(work), .pristine = strdup(pristine)};
    manifests = manifest;
    return manifest;
}

/* FNV-1a: short paths, no adversary. */
static size_t hash_of(const char *path)
{
    uint64_t hash = 14695981039346656037u;
    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static void put_slot(struct manifest *manifest, size_t index)
{
    size_t slot = hash_of(manifest->entries[index].path) & (manifest->slot_count - 1);
    while (manifest->slots[slot] != 0)
        slot = (slot + 1) & (manifest->slot_count - 1);
    manifest->slots[slot] = (uint32_t)index + 1;
}

static void grow(struct manifest *manifest)
{
    manifest->capacity = manifest->capacity ? 2 * manifest->capacity : 256;
    manifest->entries = must_resize(manifest->entries, manifest->capacity * sizeof *manifest->entries);
    manifest->slot_count = 2 * manifest->capacity;
    size_t bytes = manifest->slot_count * sizeof *manifest->slots;
    manifest->slots = memset(must_resize(manifest->slots, bytes), 0, bytes);
    for (size_t index = 0; index < manifest->length; index++)
        put_slot(manifest, index);
}

void entry_refresh(struct entry *entry, const struct stat *status)
{
    entry->mode = status->st_mode;
    entry->inode = status->st_ino;
    entry->size = status->st_size;
    entry->mtime_ns = mtime_ns(status);
    entry->ctime_ns = ctime_ns(status);
}

void manifest_add(struct manifest *manifest, const char *path, const struct stat *status)
{
    if (manifest->length == manifest->capacity)
        grow(manifest);
    struct entry *entry = &manifest->entries[manifest->length];
    *entry = (struct entry){.path = strdup(path)};
    entry_refresh(entry, status);
    put_slot(manifest, manifest->length++);
}

struct entry *manifest_find(const struct manifest *manifest, const char *path)
{
    if (manifest->slot_count == 0)
        return NULL;
    size_t slot = hash_of(path) & (manifest->slot_count - 1);
    for (; manifest->slots[slot] != 0; slot = (slot + 1) & (manifest->slot_count - 1)) {
        struct entry *entry = &manifest->entries[manifest->slots[slot] - 1];
        if (strcmp(entry->path, path) == 0)
            return entry;
    }
    return NULL;
}

bool entry_is_same(const struct entry *entry, const struct stat *status)
{
    return entry->mode == status->st_mode && entry->inode == status->st_ino && entry->size == status->st_size &&
           entry->mtime_ns == mtime_ns(status) && entry->ctime_ns == ctime_ns(status);
}
