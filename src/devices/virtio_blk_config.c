/* virtio_blk_config.c: what a virtio disk tells its driver of itself. */
#include "devices/virtio_blk_config.h"

#include "base/bytes.h"         /* stores */
#include "devices/disk_file.h"  /* the file */
#include "devices/virtio_pci.h" /* struct virtio_device */

/* VIRTIO 1.2, section 5.2.4. */
enum {
    CONFIG_CAPACITY = 0x00, /* sectors of 512 bytes */
    CONFIG_SEG_MAX = 0x0c,
    CONFIG_BLK_SIZE = 0x14,
    CONFIG_PHYSICAL_EXP = 0x18, /* logical blocks in a physical one, log 2 */
    CONFIG_MIN_IO = 0x1a,       /* logical blocks */
    CONFIG_OPT_IO = 0x1c,       /* logical blocks */
    CONFIG_QUEUES = 0x22,
    CONFIG_DISCARD_SECTORS = 0x24,
    CONFIG_DISCARD_SEGMENTS = 0x28,
    CONFIG_DISCARD_ALIGNMENT = 0x2c, /* sectors */
    CONFIG_ZERO_SECTORS = 0x30,
    CONFIG_ZERO_SEGMENTS = 0x34,
    CONFIG_ZERO_MAY_UNMAP = 0x38,
    CONFIG_SIZE = 0x3c,
};

static void describe_topology(uint8_t *config, const struct disk_file *file)
{
    uint32_t least = file->least / file->block_size;
    uint8_t exponent = 0;
    while (file->block_size << exponent < file->physical_size)
        exponent++;
    config[CONFIG_PHYSICAL_EXP] = exponent;
    store16(config + CONFIG_MIN_IO, least > UINT16_MAX ? 0 : (uint16_t)least);
    store32(config + CONFIG_OPT_IO, file->best / file->block_size);
}

void virtio_blk_describe(struct virtio_device *virtio, const struct disk_file *file,
                         bool no_discard, unsigned segments)
{
    uint8_t *config = virtio->config;

    virtio->features = BLK_F_SEG_MAX | BLK_F_BLK_SIZE | BLK_F_FLUSH | BLK_F_TOPOLOGY;
    if (file->read_only)
        virtio->features |= BLK_F_RO;
    else
        virtio->features |= BLK_F_WRITE_ZEROES | (no_discard ? 0 : BLK_F_DISCARD);
    if (virtio->queue_count > 1)
        virtio->features |= BLK_F_MQ;
    store64(config + CONFIG_CAPACITY, file->size / BLK_SECTOR);
    store32(config + CONFIG_SEG_MAX, segments);
    store32(config + CONFIG_BLK_SIZE, file->block_size);
    describe_topology(config, file);
    store16(config + CONFIG_QUEUES, (uint16_t)virtio->queue_count);
    store32(config + CONFIG_DISCARD_SECTORS, BLK_EXTENT_MOST);
    store32(config + CONFIG_DISCARD_SEGMENTS, 1);
    store32(config + CONFIG_DISCARD_ALIGNMENT, file->physical_size / BLK_SECTOR);
    store32(config + CONFIG_ZERO_SECTORS, BLK_EXTENT_MOST);
    store32(config + CONFIG_ZERO_SEGMENTS, 1);
    config[CONFIG_ZERO_MAY_UNMAP] = !no_discard;
    virtio->config_size = CONFIG_SIZE;
}
