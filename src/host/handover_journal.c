/* handover_journal.c: the journal of a handover: a JSON object a line. */
#include "host/handover_journal.h"

#include "base/error.h"            /* error_set */
#include "host/handover_outputs.h" /* monitors */

#include <fcntl.h>       /* open */
#include <json-c/json.h> /* the lines */
#include <limits.h>      /* PATH_MAX */
#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* calloc */
#include <string.h>      /* memchr */
#include <sys/file.h>    /* flock */
#include <sys/stat.h>    /* mkdir */
#include <unistd.h>      /* write */

#define SIZE_MAX_READ (256 * 1024) /* 64 steps take 20 KiB */
#define VERSION       1
/* /run is empty after it, and the drivers are as the host starts with. */
#define DAMAGED "; a reboot puts the host back, and takes this file away"

struct handover_journal {
    int fd;
    char path[PATH_MAX];
};

static const char *text_of(struct json_object *line, const char *key)
{
    struct json_object *value;
    if (!json_object_object_get_ex(line, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

/* A number below HANDOVER_STEPS_MAX, or -1. */
static int index_of(struct json_object *line, const char *key)
{
    struct json_object *value;
    if (!json_object_object_get_ex(line, key, &value) ||
        !json_object_is_type(value, json_type_int))
        return -1;
    int64_t number = json_object_get_int64(value);
    return number >= 0 && number < HANDOVER_STEPS_MAX ? (int)number : -1;
}

static bool copy_text(char *to, size_t size, const char *text)
{
    if (!text || strlen(text) >= size || strchr(text, '/'))
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool parse_step(struct json_object *line, int index,
                       struct handover_record *record)
{
    const char *kind_name = text_of(line, "kind");
    int kind = kind_name ? handover_kind_find(kind_name) : -1;
    if (kind < 0 || (unsigned)index != record->count)
        return false;
    struct handover_step *step = &record->steps[record->count];
    *step = (struct handover_step){ .kind = (enum handover_kind)kind };
    if (!copy_text(step->subject, sizeof(step->subject), text_of(line, "subject")) ||
        !copy_text(step->before, sizeof(step->before), text_of(line, "before")) ||
        !copy_text(step->after, sizeof(step->after), text_of(line, "after")))
        return false;
    record->count++;
    return true;
}

static bool parse_line(struct json_object *line, struct handover_record *record)
{
    int index;
    struct json_object *version;
    if (json_object_object_get_ex(line, "handover", &version))
        return json_object_get_int(version) == VERSION && !record->device[0] &&
               copy_text(record->device, sizeof(record->device),
                         text_of(line, "device"));
    if (!record->device[0])
        return false;
    if ((index = index_of(line, "step")) >= 0)
        return parse_step(line, index, record);
    if ((index = index_of(line, "done")) >= 0 && (unsigned)index < record->count)
        return record->steps[index].done = true;
    if ((index = index_of(line, "undone")) >= 0 && (unsigned)index < record->count)
        return record->steps[index].undone = true;
    return json_object_object_get_ex(line, "complete", NULL) &&
           (record->complete = true);
}

int handover_record_parse(const char *text, size_t size, struct handover_record *record,
                          struct error *err)
{
    memset(record, 0, sizeof(*record));
    struct json_tokener *tokener = json_tokener_new_ex(4);
    if (!tokener)
        return error_system(err, -ENOMEM, "the journal of a handover");
    int result = 0;
    const char *end = text + size, *newline;
    for (unsigned number = 1; result == 0 && text < end; number++, text = newline + 1) {
        newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline)
            break; /* cut off while it was written: nothing was done yet */
        json_tokener_reset(tokener);
        struct json_object *line =
            json_tokener_parse_ex(tokener, text, (int)(newline - text));
        bool whole = json_object_is_type(line, json_type_object) &&
                     json_tokener_get_parse_end(tokener) == (size_t)(newline - text);
        if (!whole || !parse_line(line, record))
            result = error_set(err, ERROR_INPUT, -EINVAL,
                               "line %u: not a line of a handover's journal" DAMAGED,
                               number);
        else
            record->size += (size_t)(newline - text) + 1;
        json_object_put(line);
    }
    json_tokener_free(tokener);
    return result;
}

static int read_record(int fd, const char *path, struct handover_record *record,
                       struct error *err)
{
    char *text = malloc(SIZE_MAX_READ);
    if (!text)
        return error_system(err, -ENOMEM, "%s", path);
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used < SIZE_MAX_READ) {
        got = pread(fd, text + used, SIZE_MAX_READ - used, (off_t)used);
        used += got > 0 ? (size_t)got : 0;
    }
    int result = 0;
    if (got < 0)
        result = error_system(err, -errno, "%s", path);
    else if (used == SIZE_MAX_READ)
        result = error_set(err, ERROR_INPUT, -EFBIG,
                           "larger than %d bytes: not a handover's journal" DAMAGED,
                           SIZE_MAX_READ);
    else
        result = handover_record_parse(text, used, record, err);
    free(text);
    if (result < 0 && got >= 0) {
        error_prefix(err, "%s", path);
    }
    return result;
}

int handover_journal_open(const char *root, struct handover_journal **journal,
                          struct handover_record *record, struct error *err)
{
    struct handover_journal *made = calloc(1, sizeof(*made));
    if (!made)
        return error_system(err, -ENOMEM, "the journal of a handover");
    snprintf(made->path, sizeof(made->path), "%s/" HANDOVER_JOURNAL_FOLDER, root);
    mkdir(made->path, 0755); /* if that fails, so does what follows, and says so */
    snprintf(made->path, sizeof(made->path), "%s/" HANDOVER_JOURNAL_NAME, root);
    made->fd = open(made->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int result = made->fd < 0 ? -errno : 0;
    if (result < 0) {
        error_set(err, ERROR_SYSTEM, result,
                  "%s: %s; the journal is written before anything is changed%s",
                  made->path, strerror(-result),
                  result == -EACCES ? ": run as root" : "");
        free(made);
        return result;
    }
    if (flock(made->fd, LOCK_EX | LOCK_NB) < 0)
        result =
            error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                      "%s: another igdvm is handing the GPU over just now", made->path);
    else
        result = read_record(made->fd, made->path, record, err);
    /* What was cut off goes, or the next line would not begin where one should. */
    if (result == 0 && ftruncate(made->fd, (off_t)record->size) < 0)
        result = error_system(err, -errno, "%s", made->path);
    if (result < 0) {
        handover_journal_close(made);
        return result;
    }
    *journal = made;
    return 0;
}

int handover_journal_read(const char *root, struct handover_record *record,
                          struct error *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/" HANDOVER_JOURNAL_NAME, root);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? error_set(err, ERROR_SYSTEM, -EACCES,
                                           "%s: %s: run as root", path, strerror(errno))
                               : error_system(err, -errno, "%s", path);
    int result = read_record(fd, path, record, err);
    close(fd);
    return result;
}

/* One line in one write, on the disk before it returns. Takes the object. */
static int append(struct handover_journal *journal, struct json_object *line,
                  struct error *err)
{
    char text[1024];
    const char *json = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
    int size = snprintf(text, sizeof(text), "%s\n", json);
    json_object_put(line);
    ssize_t done = write(journal->fd, text, (size_t)size);
    if (done == size && fdatasync(journal->fd) == 0)
        return 0;
    return error_system(err, done < 0 || done == size ? -errno : -ENOSPC, "%s",
                        journal->path);
}

static struct json_object *line_with(const char *key, int number)
{
    struct json_object *line = json_object_new_object();
    json_object_object_add(line, key, json_object_new_int(number));
    return line;
}

static void add_text(struct json_object *line, const char *key, const char *text)
{
    json_object_object_add(line, key, json_object_new_string(text));
}

int handover_journal_begin(struct handover_journal *journal, const char *device,
                           const struct handover_outputs *outputs, struct error *err)
{
    struct json_object *line = line_with("handover", VERSION);
    add_text(line, "device", device);
    if (outputs->monitor != IGD_MONITOR_UNKNOWN)
        add_text(line, HANDOVER_MONITORS_KEY, outputs->names);
    return append(journal, line, err);
}

int handover_journal_step(struct handover_journal *journal, unsigned index,
                          const struct handover_step *step, struct error *err)
{
    struct json_object *line = line_with("step", (int)index);
    add_text(line, "kind", handover_kind_name(step->kind));
    add_text(line, "subject", step->subject);
    add_text(line, "before", step->before);
    add_text(line, "after", step->after);
    return append(journal, line, err);
}

int handover_journal_done(struct handover_journal *journal, unsigned index,
                          struct error *err)
{
    return append(journal, line_with("done", (int)index), err);
}

int handover_journal_undone(struct handover_journal *journal, unsigned index,
                            struct error *err)
{
    return append(journal, line_with("undone", (int)index), err);
}

int handover_journal_complete(struct handover_journal *journal, struct error *err)
{
    return append(journal, line_with("complete", 1), err);
}

int handover_journal_remove(struct handover_journal *journal, struct error *err)
{
    if (unlink(journal->path) < 0 && errno != ENOENT)
        return error_system(err, -errno, "%s", journal->path);
    return 0;
}

void handover_journal_close(struct handover_journal *journal)
{
    if (!journal)
        return;
    close(journal->fd);
    free(journal);
}
