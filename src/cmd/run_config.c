/* run_config.c: options of `igdvm run` in a file. */
#include "cmd/run_config.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* errors */
#include "cmd/run_options.h"  /* the tables */
#include "cmd/run_settings.h" /* what was given */

#include <fcntl.h>       /* open */
#include <json-c/json.h> /* the file */
#include <limits.h>      /* PATH_MAX */
#include <stdio.h>       /* open_memstream */
#include <stdlib.h>      /* free */
#include <string.h>      /* strcmp */
#include <unistd.h>      /* read, getcwd */

#define FILE_MAX          65536 /* bytes of a configuration */
#define DEPTH             5     /* of nesting it may have */
#define NAME_MAX_COMPARED 40

/* What values begin with that have a path behind it, and what is after a comma. */
static const char *const path_prefixes[] = { "file:", "unix:", "vfio-user:",
                                             "stream:unix:" };
static const char *const path_words[] = { "rom=", "tftp=", "vars=" };

struct config {
    const char *path;
    const char *folder, *text;
    struct run_settings *settings;
};

static const struct run_option *find_option(const char *name)
{
    for (const struct run_section *section = run_sections; section->title; section++) {
        for (const struct run_option *row = section->options; row->name; row++) {
            if (!strcmp(row->name, name))
                return row;
        }
    }
    return NULL;
}

/* How many characters are to be added, left out or changed (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_COMPARED + 1];
    size_t length = strlen(b);
    if (strlen(a) > NAME_MAX_COMPARED || length > NAME_MAX_COMPARED)
        return NAME_MAX_COMPARED;
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned before = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= length; j++) {
            unsigned change = before + (a[i - 1] != b[j - 1]);
            unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            before = row[j];
            row[j] = change < other ? change : other;
        }
    }
    return row[length];
}

static const char *nearest_option(const char *name)
{
    const char *nearest = "";
    unsigned least = NAME_MAX_COMPARED + 1;
    for (const struct run_section *section = run_sections; section->title; section++) {
        for (const struct run_option *row = section->options; row->name; row++) {
            unsigned found = distance(name, row->name);
            if (found < least && !row->command_line_only) {
                least = found;
                nearest = row->name;
            }
        }
    }
    return nearest;
}

static unsigned line_of(const char *text, size_t offset)
{
    unsigned line = 1;
    for (size_t i = 0; i < offset && text[i]; i++)
        line += text[i] == '\n';
    return line;
}

/* Where a key stands, from `from` on; NULL: nowhere. It is no part of another text. */
static const char *find_key(const char *from, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = from; (at = strchr(at, '"')); at++) {
        if (at > from && at[-1] == '\\')
            continue;
        const char *after = at + 1 + length;
        if (strncmp(at + 1, key, length) != 0 || *after != '"')
            continue;
        after += 1 + strspn(after + 1, " \t\r\n");
        if (*after == ':')
            return at;
    }
    return NULL;
}

/* Of the alternatives in "FILE|none[,KEY=TEXT]" is the value one of the words? */
static bool is_word_of(const char *alternatives, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = alternatives; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (!strncmp(at, value, length) &&
            (!at[length] || at[length] == '|' || at[length] == '['))
            return true;
    }
    return false;
}

/* How many bytes are before the path in a value; -1: there is none. */
static int before_path(const struct run_option *option, const char *value)
{
    if (strstr(option->value, "FILE") && !is_word_of(option->value, value))
        return 0;
    for (unsigned i = 0; i < ARRAY_SIZE(path_prefixes); i++) {
        size_t length = strlen(path_prefixes[i]);
        if (!strncmp(value, path_prefixes[i], length))
            return (int)length;
    }
    return -1;
}

/* Likewise in a word behind a comma of a value. */
static int before_word_path(const struct run_option *option, const char *word)
{
    for (unsigned i = 0; strchr(option->value, ',') && i < ARRAY_SIZE(path_words);
         i++) {
        size_t length = strlen(path_words[i]);
        if (!strncmp(word, path_words[i], length))
            return strcmp(word + length, "none") ? (int)length : -1;
    }
    return -1;
}

/* The value with folder before its relative paths. NULL: no memory. */
static char *place_value(const char *folder, const struct run_option *option,
                         const char *value)
{
    char *placed = NULL, *copy = strdup(value), *rest = copy, *word;
    size_t size = 0;
    FILE *stream = copy ? open_memstream(&placed, &size) : NULL;

    while (stream && (word = strsep(&rest, ","))) {
        int before =
            word == copy ? before_path(option, word) : before_word_path(option, word);
        bool relative = before >= 0 && word[before] && word[before] != '/';
        fprintf(stream, "%s%.*s%s%s%s", word == copy ? "" : ",", relative ? before : 0,
                word, relative ? folder : "", relative ? "/" : "",
                word + (relative ? before : 0));
    }
    free(copy);
    if (stream && fclose(stream) == 0)
        return placed;
    free(placed);
    return NULL;
}

static int bad_value(const struct config *config, unsigned line, const char *key,
                     const char *expected, struct error *err)
{
    return error_set(err, ERROR_INPUT, -EINVAL, "%s:%u: \"%s\": expected %s",
                     config->path, line, key, expected);
}

static int add(struct config *config, const struct run_option *option, unsigned line,
               json_object *value, struct error *err)
{
    struct run_settings *settings = config->settings;
    if (settings->count == RUN_SETTINGS_MAX)
        return error_set(err, ERROR_INPUT, -E2BIG, "%s:%u: more than %u values",
                         config->path, line, RUN_SETTINGS_MAX);
    struct run_setting *setting = &settings->list[settings->count];
    *setting = (struct run_setting){ .option = option, .line = line };
    if (value) {
        const char *text = json_object_get_string(value);
        if (json_object_is_type(value, json_type_string) &&
            strlen(text) != (size_t)json_object_get_string_len(value))
            return bad_value(config, line, option->name, "a text without NUL", err);
        setting->value = place_value(config->folder, option, text);
        if (!setting->value)
            return error_system(err, -ENOMEM, "%s", config->path);
    }
    settings->count++;
    return 0;
}

static bool is_text(json_object *value)
{
    return json_object_is_type(value, json_type_string) ||
           json_object_is_type(value, json_type_int);
}

static int add_array(struct config *config, const struct run_option *option,
                     unsigned line, json_object *list, struct error *err)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *value = json_object_array_get_idx(list, i);
        if (!is_text(value))
            return bad_value(config, line, option->name, "an array of texts", err);
        int result = add(config, option, line, value, err);
        if (result < 0)
            return result;
    }
    return 0;
}

static int add_key(struct config *config, const char *key, json_object *value,
                   struct error *err)
{
    const struct run_option *option = find_option(key);
    const char *at = find_key(config->text, key);
    unsigned line = at ? line_of(config->text, (size_t)(at - config->text)) : 1;

    if (!option)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s:%u: there is no option \"%s\"; the nearest is \"%s\"",
                         config->path, line, key, nearest_option(key));
    if (option->command_line_only)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s:%u: \"%s\" is for the command line only", config->path,
                         line, key);
    if (at && find_key(at + 1, key))
        return error_set(err, ERROR_INPUT, -EINVAL, "%s:%u: \"%s\" is there twice",
                         config->path, line, key);
    bool optional = option->value && option->value[0] == '=';
    if ((!option->value || optional) && json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? add(config, option, line, NULL, err)
                                              : 0;
    if (!option->value)
        return bad_value(config, line, key, "true or false", err);
    if (option->repeatable && json_object_is_type(value, json_type_array))
        return add_array(config, option, line, value, err);
    if (option->repeatable)
        return bad_value(config, line, key, "an array of texts", err);
    if (is_text(value))
        return add(config, option, line, value, err);
    return bad_value(config, line, key,
                     optional ? "a text, true or false" : "a text or a whole number",
                     err);
}

static int read_text(const char *path, char text[FILE_MAX + 1], struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && size <= FILE_MAX) { /* a pipe gives it in parts */
        got = read(fd, text + size, FILE_MAX + 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    int code = -errno;
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return error_set(err, ERROR_INPUT, code, "--config %s: %s", path,
                         strerror(-code));
    if (size > FILE_MAX)
        return error_set(err, ERROR_INPUT, -E2BIG, "--config %s: more than %u bytes",
                         path, FILE_MAX);
    text[size] = '\0';
    if (strlen(text) != size)
        return error_set(err, ERROR_INPUT, -EINVAL, "%s:%u: a NUL byte: expected JSON",
                         path, line_of(text, strlen(text)));
    return 0;
}

/* The folder the file is in, absolute. */
static int find_folder(const char *path, char folder[PATH_MAX], struct error *err)
{
    char *named = strdup(path);
    char *slash = named ? strrchr(named, '/') : NULL;
    if (slash)
        slash[slash == named] = '\0';
    bool found = named && realpath(slash ? named : ".", folder);
    free(named);
    return found ? 0 : error_system(err, -errno, "--config %s", path);
}

static json_object *parse(const struct config *config, struct error *err)
{
    size_t size = strlen(config->text);
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *object = json_tokener_parse_ex(tokener, config->text, (int)size + 1);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    bool whole = error == json_tokener_success &&
                 end + strspn(config->text + end, " \t\r\n") == size;
    json_tokener_free(tokener);
    if (whole && json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    error_set(err, ERROR_INPUT, -EINVAL, "%s:%u: %s", config->path,
              line_of(config->text, end),
              error == json_tokener_success ? "expected one JSON object"
                                            : json_tokener_error_desc(error));
    return NULL;
}

int run_config_parse(struct run_settings *settings, const char *path,
                     const char *folder, const char *text, struct error *err)
{
    struct config config = {
        .path = path, .folder = folder, .text = text, .settings = settings
    };
    settings->count = 0;
    json_object *object = parse(&config, err);
    int result = object ? 0 : -EINVAL;
    if (object) {
        json_object_object_foreach(object, key, value)
        {
            result = add_key(&config, key, value, err);
            if (result < 0)
                break;
        }
    }
    json_object_put(object);
    if (result < 0)
        run_config_free(settings);
    return result;
}

int run_config_read(struct run_settings *settings, const char *path, struct error *err)
{
    char folder[PATH_MAX];
    char *text = malloc(FILE_MAX + 1);

    settings->count = 0;
    if (!text)
        return error_system(err, -ENOMEM, "--config");
    int result = read_text(path, text, err);
    if (result == 0)
        result = find_folder(path, folder, err);
    if (result == 0)
        result = run_config_parse(settings, path, folder, text, err);
    free(text);
    return result;
}

void run_config_free(struct run_settings *settings)
{
    while (settings->count)
        free(settings->list[--settings->count].value);
}

char *run_config_text(const struct run_settings *settings, struct error *err)
{
    char folder[PATH_MAX];
    json_object *object = json_object_new_object(), *list;
    bool ok = getcwd(folder, sizeof(folder)) != NULL;

    for (unsigned i = 0; ok && i < settings->count; i++) {
        const struct run_setting *setting = &settings->list[i];
        const struct run_option *option = setting->option;
        if (option->command_line_only)
            continue;
        if (!setting->value) {
            json_object_object_add(object, option->name, json_object_new_boolean(true));
            continue;
        }
        char *value = place_value(folder, option, setting->value);
        ok = value != NULL;
        json_object *text = json_object_new_string(value ? value : "");
        free(value);
        if (!option->repeatable) {
            json_object_object_add(object, option->name, text);
            continue;
        }
        if (!json_object_object_get_ex(object, option->name, &list)) {
            list = json_object_new_array();
            json_object_object_add(object, option->name, list);
        }
        json_object_array_add(list, text);
    }
    char *text = NULL;
    if (!ok || asprintf(&text, "%s\n",
                        json_object_to_json_string_ext(
                            object, JSON_C_TO_STRING_PRETTY |
                                        JSON_C_TO_STRING_NOSLASHESCAPE)) < 0) {
        text = NULL;
        error_system(err, -ENOMEM, "--print-config");
    }
    json_object_put(object);
    return text;
}
