/* control_fuzz.c: any lines on the control socket of a running model. */
#include "fuzz.h" /* must */

#include "model/control.h" /* the target */

#include "base/bytes.h"          /* memchr */
#include "base/control_socket.h" /* struct control_line */
#include "base/error.h"          /* struct error */
#include "model/chips.h"         /* a chip */
#include "model/model.h"         /* a model of it */

#include <json-c/json.h> /* reads the answers */

static struct model *make(void)
{
    const struct model_options options = { .chip = model_chip_find("skylake") };
    struct error err;
    return model_new(&options, NULL, NULL, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model *model;
    if (!model)
        model = make();
    must(model != NULL);
    struct control_target target = { .model = model };
    const char *line = (const char *)data, *end = line + size;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        /* Just so long, so that a read past it is found. */
        char *copy = malloc(length ? length : 1);
        memcpy(copy, line, length);
        struct control_line request = { copy, length, .fd = -1 };
        char *answer = control_answer(&target, &request);
        must(answer != NULL);
        must(strchr(answer, '\n') == answer + strlen(answer) - 1);
        json_object *object = json_tokener_parse(answer), *ok;
        must(object && json_object_object_get_ex(object, "ok", &ok));
        must(json_object_get_boolean(ok) !=
             json_object_object_get_ex(object, "error", NULL));
        json_object_put(object);
        free(answer);
        free(copy);
        line += length + 1;
    }
    return 0;
}
