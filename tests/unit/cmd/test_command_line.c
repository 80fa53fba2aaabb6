/* test_command_line.c: options by table, their operands, and what is refused. */
#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* struct error */
#include "cmd/command_line.h" /* under test */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* flags */
#include <string.h>  /* strstr */

#include <cmocka.h> /* assertions; needs the headers above */

struct arguments {
    const char *output;
    unsigned count;
    bool json, help;
};

static int add(void *opaque, const char *value, struct error *err)
{
    struct arguments *arguments = opaque;
    if (strcmp(value, "one") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--add %s: expected one", value);
    arguments->count++;
    return 0;
}

#define MEMBER(name) offsetof(struct arguments, name)

static const struct command_option option_rows[] = {
    { "output", OPTION_TEXT, MEMBER(output), NULL, 'o' },
    { "add", OPTION_TAKE, 0, add },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};

static const struct command_line command_line = { "test it", option_rows,
                                                  ARRAY_SIZE(option_rows), 2 };

/* argv of these words after the command's name; what command_line_read says of it. */
#define READ(arguments, err, argv, ...)                                            \
    char *argv[] = { "it", __VA_ARGS__, NULL };                                    \
    int result = command_line_read(&command_line, (int)ARRAY_SIZE(argv) - 1, argv, \
                                   &(arguments), &(err))

static void options_anywhere(void **state)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, "first", "--json", "-o", "file", "second", "--add",
         "one", "--add=one");
    (void)state;
    assert_int_equal(result, 2);
    assert_string_equal(argv[ARRAY_SIZE(argv) - 3], "first");
    assert_string_equal(argv[ARRAY_SIZE(argv) - 2], "second");
    assert_string_equal(arguments.output, "file");
    assert_int_equal(arguments.count, 2);
    assert_true(arguments.json);
}

static void help_has_a_letter(void **state)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, "-h");
    (void)state;
    assert_int_equal(result, 0);
    assert_true(arguments.help);
}

static void dashes_end_options(void **state)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, "--", "--json");
    (void)state;
    assert_int_equal(result, 1);
    assert_false(arguments.json);
}

static void refused(const char *word, const char *more, const char *words)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, (char *)word, (char *)more, "two", "three");
    assert_true(result < 0);
    assert_int_equal(err.kind, ERROR_INPUT);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void bad_ones_are_named(void **state)
{
    (void)state;
    refused("--colour", "one", "--colour: no such option");
    refused("-x", "one", "-x: no such option");
    refused("-xo", "one", "-x: no such option");
    refused("--json=yes", "one", "--json=yes: it takes no value");
    refused("--json=yes", "one", "see 'igdvm test it --help'");
    refused("--add", "three", "--add three: expected one");
    refused("one", "two", "two: unexpected argument");
}

static void missing_value_is_named(void **state)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, "--output");
    (void)state;
    assert_int_equal(result, -EINVAL);
    assert_non_null(strstr(err.text, "--output: its value is missing"));
}

static void missing_value_of_a_letter_is_named(void **state)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    READ(arguments, err, argv, "-o");
    (void)state;
    assert_int_equal(result, -EINVAL);
    assert_non_null(strstr(err.text, "-o: its value is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_anywhere),
        cmocka_unit_test(help_has_a_letter),
        cmocka_unit_test(dashes_end_options),
        cmocka_unit_test(bad_ones_are_named),
        cmocka_unit_test(missing_value_is_named),
        cmocka_unit_test(missing_value_of_a_letter_is_named),
    };
    return cmocka_run_group_tests_name("cmd/command_line", tests, NULL, NULL);
}
