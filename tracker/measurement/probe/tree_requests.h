/* Requests about directory trees, answered by the worker. */
#ifndef PROBE_TREE_REQUESTS_H
#define PROBE_TREE_REQUESTS_H

#include <stdbool.h>

#include "json.h"
#include "text.h"

bool is_tree_request(const char *operation);
/* Writes the members of the answer, without braces and id. */
void tree_request(const struct json *request, struct text *answer);

#endif
