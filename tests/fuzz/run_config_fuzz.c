/* run_config_fuzz.c: any text as the file of `igdvm run --config`. */
#include "fuzz.h" /* must */

#include "cmd/run_config.h"   /* the target */
#include "cmd/run_options.h"  /* what settings are of */
#include "cmd/run_settings.h" /* what was read */

#include "base/error.h" /* struct error */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run_settings settings, again;
    static struct run_options options;
    struct error err = { .text = "" };
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';

    int result = run_config_parse(&settings, "file", "/folder", text, &err);
    must((result < 0) == (err.text[0] != '\0'));
    must(result == 0 || settings.count == 0);
    free(text);
    if (result < 0)
        return 0;
    /* What is told of it can be read again, and is as much. */
    char *told = run_config_text(&settings, &err);
    must(told != NULL);
    must(run_config_parse(&again, "told", "/", told, &err) == 0);
    must(again.count == settings.count);
    free(told);
    run_config_free(&again);
    memset(&options, 0, sizeof(options));
    for (unsigned i = 0; i < settings.count; i++) {
        const struct run_setting *setting = &settings.list[i];
        result = setting->option->take(&options, setting->value, &err);
        must(result == 0 || err.text[0] != '\0');
    }
    run_config_free(&settings);
    return 0;
}
