/* devices.c: does the disk keep what is written, do random bytes come. */
#include <errno.h>  /* errno */
#include <fcntl.h>  /* open */
#include <stdlib.h> /* aligned_alloc */
#include <string.h> /* memcmp, strerror */
#include <unistd.h> /* pread */

#include "probe.h"

#define DISK    "/dev/vda"
#define PATTERN 0x80000 /* where the probe writes; the lab looks there afterwards */
#define BLOCK   4096

void probe_disk(void)
{
    char line[64];
    int fd = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
    uint8_t *written = aligned_alloc(BLOCK, BLOCK), *back = aligned_alloc(BLOCK, BLOCK);

    json_open("disk", '{');
    read_line("/sys/block/vda/size", line, sizeof(line));
    json_string("sectors", line);
    if (fd < 0 || !written || !back) {
        json_string("error", strerror(errno));
    } else {
        if (pread(fd, back, BLOCK, 0) == BLOCK)
            json_hex("first_bytes", back, 32);
        for (unsigned i = 0; i < BLOCK; i++)
            written[i] = (uint8_t)(i * 7 + 3);
        json_bool("written",
                  pwrite(fd, written, BLOCK, PATTERN) == BLOCK && !fsync(fd));
        memset(back, 0, BLOCK);
        json_bool("read_back", pread(fd, back, BLOCK, PATTERN) == BLOCK &&
                                   !memcmp(written, back, BLOCK));
    }
    json_close('}');
    if (fd >= 0)
        close(fd);
    free(written);
    free(back);
}

void probe_rng(void)
{
    uint8_t bytes[16] = { 0 };
    char line[64];

    json_open("rng", '{');
    read_line("/sys/class/misc/hw_random/rng_current", line, sizeof(line));
    json_string("current", line);
    if (read_bytes("/dev/hwrng", bytes, sizeof(bytes)) == (int)sizeof(bytes))
        json_hex("bytes", bytes, sizeof(bytes));
    json_close('}');
}
