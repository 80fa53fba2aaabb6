/* test_user.c: the vfio-user client against a server that behaves. */
#include "user_rig.h"

#include "base/bytes.h"      /* load32 */
#include "base/event_loop.h" /* watching the connection */

#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* free */
#include <sys/eventfd.h> /* interrupts */
#include <sys/mman.h>    /* munmap, memfd_create */
#include <unistd.h>      /* close */

static void finds_regions_and_interrupts(void **state)
{
    struct user_rig *rig = *state;
    user_rig_open(rig);
    struct vfio_device *device = rig->device;
    assert_non_null(device);
    assert_string_equal(vfio_device_name(device), "vfio-user:test");
    assert_false(vfio_device_is_kernel(device));
    assert_int_equal(vfio_device_region_count(device), 10);
    const struct vfio_region *region = vfio_device_region(device, 0);
    assert_int_equal(region->size, 0x4000);
    assert_int_equal(region->area_count, 1);
    assert_int_equal(region->areas[0].offset, 0x2000);
    assert_int_equal(region->areas[0].size, 0x1000);
    assert_true(region->flags & VFIO_REGION_MAPPABLE);
    assert_int_equal(vfio_device_region(device, 1)->size, 0);
    assert_int_equal(vfio_device_region(device, 7)->size, 256);
    assert_null(vfio_device_region(device, 10));
    assert_int_equal(vfio_device_irq_count(device, VFIO_IRQ_MSI), 6);
    assert_int_equal(vfio_device_irq_count(device, 3), 0);
    assert_int_equal(vfio_device_irq_count(device, 99), 0);
}

static void maps_only_inside_areas(void **state)
{
    struct user_rig *rig = *state;
    user_rig_open(rig);
    struct error *err = &rig->err;
    char *at = vfio_device_map(rig->device, 0, 0x2000, 0x1000, err);
    assert_non_null(at);
    assert_memory_equal(at, "mapped", 6);
    munmap(at, 0x1000);
    assert_null(vfio_device_map(rig->device, 0, 0, 0x1000, err));
    assert_error_names(err, "mappable area");
    assert_null(vfio_device_map(rig->device, 0, 0x2000, 0x2000, err));
    assert_null(vfio_device_map(rig->device, 0, 0x2000, 0, err));
    assert_null(vfio_device_map(rig->device, 0, 0x2800, 0x800, err));
    assert_null(vfio_device_map(rig->device, 0, UINT64_MAX - 0xfff, 0x1000, err));
    assert_null(vfio_device_map(rig->device, 2, 0, 0x1000, err));
    assert_null(vfio_device_map(rig->device, 77, 0, 0x1000, err));
}

static void reads_and_writes(void **state)
{
    struct user_rig *rig = *state;
    user_rig_open(rig);
    struct vfio_device *device = rig->device;
    uint32_t id = 0, value = 0xcafe0007;
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, 0, &id, 4), 0);
    assert_int_equal(id, 0x01918086);
    assert_int_equal(vfio_device_write(device, VFIO_REGION_CONFIG, 4, &value, 4), 0);
    assert_int_equal(load32(rig->server->config + 4), value);
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, 253, &id, 4),
                     -EINVAL);
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, UINT64_MAX, &id, 4),
                     -EINVAL);
    assert_int_equal(vfio_device_read(device, 1, 0, &id, 4), -EINVAL);
    assert_int_equal(vfio_device_read(device, 50, 0, &id, 4), -EINVAL);
    struct vfio_counters counters = vfio_device_counters(device);
    assert_int_equal(counters.region_reads, 1);
    assert_int_equal(counters.region_writes, 1);
    assert_true(counters.messages >= 3);
}

static void splits_large_accesses(void **state)
{
    struct user_rig *rig = *state;
    struct fake_server *server = rig->server;
    server->json = "{\"capabilities\":{\"max_data_xfer_size\":65536}}";
    user_rig_open(rig);
    size_t size = sizeof(server->bar2) - 3;
    uint8_t *out = malloc(size), *in = malloc(size);
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(i * 7 + i / 65536);
    assert_int_equal(vfio_device_write(rig->device, 2, 3, out, size), 0);
    assert_int_equal(server->largest_access, 65536);
    assert_memory_equal(server->bar2 + 3, out, size);
    assert_int_equal(vfio_device_read(rig->device, 2, 3, in, size), 0);
    assert_memory_equal(in, out, size);
    free(in);
    free(out);
}

static void sets_interrupts(void **state)
{
    struct user_rig *rig = *state;
    struct fake_server *server = rig->server;
    user_rig_open(rig);
    struct vfio_device *device = rig->device;
    int fds[6];
    for (unsigned i = 0; i < 6; i++)
        fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const uint32_t trigger = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;

    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_INTX, fds, 1), 0);
    assert_int_equal(vfio_device_set_intx_unmask(device, fds[1]), 0);
    assert_int_equal(server->irq_sets[1].flags,
                     VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK);
    assert_int_equal(server->irq_fds[1], 1);
    assert_int_equal(vfio_device_intx_unmask(device), 0);
    assert_int_equal(server->irq_sets[2].flags,
                     VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK);
    assert_int_equal(eventfd_write(server->trigger_fd, 1), 0);
    eventfd_t value = 0;
    assert_int_equal(eventfd_read(fds[0], &value), 0);

    /* MSI takes INTx's place, six vectors in two messages of a server that takes four.
     */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 6), 0);
    assert_int_equal(server->irq_sets[3].index, VFIO_IRQ_INTX);
    assert_int_equal(server->irq_sets[3].count, 0);
    assert_int_equal(server->irq_sets[4].index, VFIO_IRQ_MSI);
    assert_int_equal(server->irq_sets[4].flags, trigger);
    assert_int_equal(server->irq_sets[4].count, 4);
    assert_int_equal(server->irq_fds[4], 4);
    assert_int_equal(server->irq_sets[5].start, 4);
    assert_int_equal(server->irq_sets[5].count, 2);

    /* Fewer: the rest is taken away, the index stays on. */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 2), 0);
    assert_int_equal(server->irq_sets[7].start, 2);
    assert_int_equal(server->irq_sets[7].count, 4);
    assert_int_equal(server->irq_fds[7], 0);

    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_INTX, NULL, 0), 0);
    assert_int_equal(server->irq_set_count, 8); /* it was off: nothing to say */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, NULL, 0), 0);
    assert_int_equal(server->irq_sets[8].flags,
                     VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER);
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 7), -EINVAL);
    assert_int_equal(vfio_device_set_irqs(device, 40, fds, 1), -EINVAL);
    for (unsigned i = 0; i < 6; i++)
        close(fds[i]);
}

static void maps_memory(void **state)
{
    struct user_rig *rig = *state;
    struct fake_server *server = rig->server;
    user_rig_open(rig);
    int fd = memfd_create("ram", MFD_CLOEXEC);
    struct vfio_dma dma = {
        .iova = 0x100000, .size = 0x2000, .fd = fd, .offset = 0x3000
    };
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), 0);
    assert_int_equal(server->dma_map.address, 0x100000);
    assert_int_equal(server->dma_map.size, 0x2000);
    assert_int_equal(server->dma_map.offset, 0x3000);
    assert_int_equal(server->dma_map.argsz, 32);
    assert_int_equal(server->dma_map.flags,
                     VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITEABLE);
    assert_int_equal(server->dma_map_fds, 1);
    dma.iova = 0x101000;
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), -EEXIST);
    assert_error_names(&rig->err, "0x101000");
    dma.iova = 0x102800;
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), -EINVAL);
    dma.iova = 0x102000;
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), 0);
    assert_int_equal(vfio_device_dma_unmap(rig->device, 0x101000, 0x1000), -EINVAL);
    assert_int_equal(vfio_device_dma_unmap(rig->device, 0, 0x1000000), 0);
    assert_int_equal(server->dma_unmaps, 2);
    assert_int_equal(vfio_device_dma_unmap(rig->device, 0, 0x1000000), -ENOENT);
    assert_int_equal(vfio_device_dma_unmap(rig->device, 2, UINT64_MAX), -EINVAL);
    assert_int_equal(vfio_device_counters(rig->device).dma_maps, 2);
    close(fd);
}

static void honours_the_servers_limits(void **state)
{
    struct user_rig *rig = *state;
    rig->server->json = "{\"capabilities\":{\"max_msg_fds\":0,\"max_dma_maps\":1,"
                        "\"pgsizes\":65536}}";
    user_rig_open(rig);
    int fd = memfd_create("ram", MFD_CLOEXEC);
    struct vfio_dma dma = { .iova = 0, .size = 0x1000, .fd = fd };
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), -EINVAL);
    assert_error_names(&rig->err, "page");
    dma.size = 0x10000;
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), 0);
    assert_int_equal(rig->server->dma_map_fds, 0);
    dma.iova = 0x100000;
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), -ENOSPC);
    assert_int_equal(vfio_device_set_irqs(rig->device, VFIO_IRQ_MSI, &fd, 1), -ENOTSUP);
    close(fd);
}

static void answers_dma_of_the_server(void **state)
{
    struct user_rig *rig = *state;
    struct fake_server *server = rig->server;
    uint8_t ram[0x2000] __attribute__((aligned(4096)));
    memset(ram, 0x40, sizeof(ram));
    server->dma_address = 0x80001ff0;
    server->dma_count = 16;
    user_rig_open(rig);
    struct vfio_dma dma = { .iova = 0x80000000, .size = 0x2000, .host = ram, .fd = -1 };
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), 0);
    assert_int_equal(server->dma_map_fds, 0);
    uint32_t bell = 1;
    assert_int_equal(vfio_device_write(rig->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, 0);
    assert_int_equal(ram[0x1fef], 0x40);
    assert_int_equal(ram[0x1ff0], 0x41);
    assert_int_equal(ram[0x1fff], 0x41);
    server->dma_count = 17; /* one byte past the end */
    assert_int_equal(vfio_device_write(rig->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EFAULT);
    server->dma_address = 0; /* never offered */
    assert_int_equal(vfio_device_write(rig->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EFAULT);
    server->dma_count = UINT64_MAX;
    assert_int_equal(vfio_device_write(rig->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EINVAL);
    assert_int_equal(vfio_device_reset(rig->device, &rig->err), 0);
    assert_int_equal(server->resets, 1);
}

static void version_without_text_is_taken(void **state)
{
    struct user_rig *rig = *state;
    rig->server->json = NULL;
    user_rig_open(rig);
    assert_non_null(rig->device);
}

static void many_interrupt_indexes_are_skipped(void **state)
{
    struct user_rig *rig = *state;
    rig->server->irq_count = UINT32_MAX;
    user_rig_open(rig);
    assert_non_null(rig->device);
}

struct loop_thread {
    struct event_loop *loop;
    pthread_t thread;
    unsigned gone;
};

static void on_gone(void *opaque)
{
    struct loop_thread *loop = opaque;
    loop->gone++;
    event_loop_stop(loop->loop, 0);
}

static void says_once_that_the_server_is_gone(void **state)
{
    struct user_rig *rig = *state;
    rig->server->fault = FAULT_CLOSE;
    rig->server->fault_command = VFIO_USER_DEVICE_RESET;
    user_rig_open(rig);
    struct loop_thread loop = { .loop = event_loop_new(&rig->err) };
    assert_non_null(loop.loop);
    assert_int_equal(vfio_device_watch(rig->device, loop.loop, on_gone, &loop), 0);
    assert_int_equal(vfio_device_watch(rig->device, loop.loop, on_gone, &loop), -EBUSY);
    assert_int_equal(vfio_device_reset(rig->device, &rig->err), -EIO);
    event_loop_run(loop.loop);
    assert_int_equal(loop.gone, 1);
    event_loop_free(loop.loop);
}

/* Without a request under way, the loop answers what the server asks for. */
static void answers_dma_from_the_loop(void **state)
{
    struct user_rig *rig = *state;
    uint8_t ram[0x1000] __attribute__((aligned(4096)));
    memset(ram, 0x55, sizeof(ram));
    user_rig_open(rig);
    struct loop_thread loop = { .loop = event_loop_new(&rig->err) };
    struct vfio_dma dma = { .iova = 0, .size = 0x1000, .host = ram, .fd = -1 };
    assert_int_equal(vfio_device_watch(rig->device, loop.loop, on_gone, &loop), 0);
    assert_int_equal(vfio_device_dma_map(rig->device, &dma, &rig->err), 0);
    struct {
        struct vfio_user_header header;
        struct vfio_user_dma_access access;
        uint8_t data[4];
    } __attribute__((packed)) request = {
        .header = { .command = VFIO_USER_DMA_WRITE,
                    .size = sizeof(request),
                    .flags = VFIO_USER_NO_REPLY },
        .access = { .address = 0x10, .count = 4 },
        .data = { 1, 2, 3, 4 },
    };
    assert_int_equal(write(rig->server->socket, &request, sizeof(request)),
                     sizeof(request));
    /* A reply to nothing ends the connection, and with it the loop. */
    struct vfio_user_header reply = { .size = sizeof(reply),
                                      .flags = VFIO_USER_TYPE_REPLY };
    assert_int_equal(write(rig->server->socket, &reply, sizeof(reply)), sizeof(reply));
    event_loop_run(loop.loop);
    assert_memory_equal(ram + 0x10, request.data, 4);
    assert_int_equal(ram[0xf], 0x55);
    assert_int_equal(loop.gone, 1);
    event_loop_free(loop.loop);
}

struct worker {
    struct vfio_device *device;
    pthread_t thread;
    unsigned place, failures;
};

static void *work(void *opaque)
{
    struct worker *worker = opaque;
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t value = i, back = 0;
        uint64_t offset = 64 + worker->place * 4;
        if (vfio_device_write(worker->device, 2, offset, &value, 4) ||
            vfio_device_read(worker->device, 2, offset, &back, 4) || back != value)
            worker->failures++;
    }
    return NULL;
}

static void threads_do_not_mix(void **state)
{
    struct user_rig *rig = *state;
    user_rig_open(rig);
    struct worker workers[4];
    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){ .device = rig->device, .place = i };
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].failures, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USER_TEST(finds_regions_and_interrupts),
        USER_TEST(maps_only_inside_areas),
        USER_TEST(reads_and_writes),
        USER_TEST(splits_large_accesses),
        USER_TEST(sets_interrupts),
        USER_TEST(maps_memory),
        USER_TEST(honours_the_servers_limits),
        USER_TEST(answers_dma_of_the_server),
        USER_TEST(version_without_text_is_taken),
        USER_TEST(many_interrupt_indexes_are_skipped),
        USER_TEST(says_once_that_the_server_is_gone),
        USER_TEST(answers_dma_from_the_loop),
        USER_TEST(threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("vfio/user", tests, NULL, NULL);
}
