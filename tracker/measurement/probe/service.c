#include "service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "system.h"

struct service {
    struct service *next;
    char *name;
    struct processes members; /* as last seen */
    int64_t ended_cpu_us;     /* of members that have ended */
    int64_t peak_rss_bytes;   /* the largest single process that has ended */
};

static struct service *services;

static struct service *find_service(const char *name)
{
    struct service *service = services;
    while (service != NULL && strcmp(service->name, name) != 0)
        service = service->next;
    return service;
}

bool service_reaped(pid_t process, const struct rusage *usage)
{
    for (struct service *service = services; service != NULL; service = service->next)
        for (size_t index = 0; index < service->members.length; index++)
            if (service->members.items[index].process == process) {
                struct usage sum = {0};
                usage_add(&sum, usage);
                service->ended_cpu_us += sum.user_us + sum.system_us;
                if (sum.max_rss_bytes > service->peak_rss_bytes)
                    service->peak_rss_bytes = sum.max_rss_bytes;
                service->members.items[index] = service->members.items[--service->members.length];
                return true;
            }
    return false;
}

/* Known already, below a member, or in a member's session: a measured command has its own session. */
static bool belongs(const struct service *service, const struct process *process)
{
    for (size_t index = 0; index < service->members.length; index++) {
        const struct process *member = &service->members.items[index];
        if ((member->process == process->process && member->started == process->started) ||
            member->process == process->parent || (member->session == process->session && process->session != 0))
            return true;
    }
    return false;
}

static void add_member(struct service *service, const struct process *process)
{
    for (size_t index = 0; index < service->members.length; index++)
        if (service->members.items[index].process == process->process) {
            service->members.items[index] = *process;
            return;
        }
    processes_add(&service->members, process);
}

void service_take_out(struct processes *list)
{
    for (struct service *service = services; service != NULL; service = service->next) {
        size_t kept = 0;
        for (size_t index = 0; index < list->length; index++)
            if (belongs(service, &list->items[index]))
                add_member(service, &list->items[index]);
            else
                list->items[kept++] = list->items[index];
        list->length = kept;
    }
}

/* Refreshes what is known of the members from the kernel. */
static void refresh(struct service *service)
{
    struct processes list = {0};
    reap_finished(NULL);
    find_descendants(&list);
    service_take_out(&list);
    processes_free(&list);
    size_t kept = 0; /* a member that its own parent reaped is gone, its time is in the parent's */
    for (size_t index = 0; index < service->members.length; index++) {
        struct process now, *member = &service->members.items[index];
        if (read_process(member->process, &now) && now.started == member->started)
            service->members.items[kept++] = now;
    }
    service->members.length = kept;
}

static int64_t cpu_of(const struct service *service)
{
    int64_t total = service->ended_cpu_us;
    for (size_t index = 0; index < service->members.length; index++) {
        const struct process *member = &service->members.items[index];
        struct process now;
        total += read_process(member->process, &now) && now.started == member->started ? now.cpu_us : 0;
    }
    return total;
}

int64_t service_cpu_us(void)
{
    int64_t total = 0;
    for (struct service *service = services; service != NULL; service = service->next)
        total += cpu_of(service);
    return total;
}

static void fail(struct text *answer, const char *type, const char *message, const char *name)
{
    struct text whole = {0};
    text_format(&whole, "%s%s%s", name, *name != '\0' ? ": " : "", message);
    text_format(answer, "\"error\":{\"type\":\"%s\",\"message\":", type);
    text_json(answer, whole.data, whole.length);
    text_string(answer, "}");
    text_free(&whole);
}

static void write_state(struct service *service, struct text *answer)
{
    struct tree_memory memory = {0};
    int alive = 0;
    for (size_t index = 0; index < service->members.length; index++) {
        alive += service->members.items[index].state != 'Z';
        add_memory(service->members.items[index].process, &memory);
    }
    text_format(answer, "\"alive\":%d,\"cpuUs\":%lld,\"rssBytes\":%lld", alive, (long long)cpu_of(service), (long long)memory.rss);
}

static void forget(struct service *gone)
{
    struct service **link = &services;
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
    processes_free(&gone->members);
    free(gone->name);
    free(gone);
}

void service_start(const struct json *request, struct text *answer)
{
    const char *name = json_string(request, "name");
    if (name == NULL || *name == '\0' || find_service(name) != NULL) {
        fail(answer, "request", name == NULL || *name == '\0' ? "name: must be a name" : "this service has been started already", name == NULL ? "" : name);
        return;
    }
    struct processes list = {0};
    if (!run_for_service(request, answer)) {
        kill_descendants(false, NULL);
        return;
    }
    struct service *service = must_allocate(sizeof *service);
    *service = (struct service){.name = strdup(name)};
    find_descendants(&list);
    service_take_out(&list); /* members of the other services */
    for (size_t index = 0; index < list.length; index++)
        processes_add(&service->members, &list.items[index]);
    processes_free(&list);
    service->next = services;
    services = service;
    text_string(answer, ",\"service\":{");
    write_state(service, answer);
    text_string(answer, "}");
}

static void kill_members(struct service *service)
{
    for (;;) {
        refresh(service);
        if (service->members.length == 0)
            return;
        for (size_t index = 0; index < service->members.length; index++)
            kill(service->members.items[index].process, SIGKILL);
        usleep(500); /* not measured: the killed vanish within a scheduler tick */
    }
}

void service_stop(const struct json *request, struct text *answer)
{
    const char *name = json_string(request, "name");
    struct service *service = name == NULL ? NULL : find_service(name);
    if (service == NULL) {
        fail(answer, "request", "no such service has been started", name == NULL ? "" : name);
        return;
    }
    refresh(service);
    text_string(answer, "\"before\":{");
    write_state(service, answer);
    text_string(answer, "},");
    if (json_get(request, "steps") != NULL && json_get(request, "steps")->kind == JSON_ARRAY) {
        run_for_service(request, answer);
        text_string(answer, ",");
        kill_descendants(false, NULL);
    }
    kill_members(service);
    write_state(service, answer);
    text_format(answer, ",\"maxRssBytes\":%lld", (long long)service->peak_rss_bytes);
    forget(service);
}

void service_status(const struct json *request, struct text *answer)
{
    const char *name = json_string(request, "name");
    struct service *service = name == NULL ? NULL : find_service(name);
    if (service == NULL) {
        fail(answer, "request", "no such service has been started", name == NULL ? "" : name);
        return;
    }
    refresh(service);
    write_state(service, answer);
}
