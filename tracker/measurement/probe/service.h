/* Daemons that a variant starts and that outlive its iterations (file watchers). */
#ifndef PROBE_SERVICE_H
#define PROBE_SERVICE_H

#include <stdbool.h>
#include <sys/resource.h>

#include "descendants.h"
#include "json.h"
#include "text.h"

/* Adds a reaped member's CPU time to its service; false when it belongs to none. */
bool service_reaped(pid_t process, const struct rusage *usage);
/* Removes every member of a service, its descendants and its sessions from the list. */
void service_take_out(struct processes *list);
/* CPU time of all services so far, to be taken out of what the machine did besides the command. */
int64_t service_cpu_us(void);

void service_start(const struct json *request, struct text *answer);
void service_stop(const struct json *request, struct text *answer);
void service_status(const struct json *request, struct text *answer);

#endif
