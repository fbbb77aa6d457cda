/* The clock: all steps of a command in one measured interval. */
#ifndef PROBE_RUN_H
#define PROBE_RUN_H

#include "json.h"
#include "text.h"

/* Runs a request and writes the members of its answer (without braces and id). */
void run_request(const struct json *request, struct text *answer);
/* The same for a service: what stays alive is not ended. True when every step succeeded. */
bool run_for_service(const struct json *request, struct text *answer);

#endif
