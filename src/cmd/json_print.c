/* json_print.c: prints JSON. */
#include "cmd/json_print.h"

#include <json-c/json.h> /* the text of it */

void json_print(FILE *to, struct json_object *object)
{
    fprintf(to, "%s\n",
            json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}
