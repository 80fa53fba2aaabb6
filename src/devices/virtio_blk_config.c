/* virtio_blk_config.c: what a virtio disk tells its driver of itself. */
#include "devices/virtio_blk_config.h"

#include "base/bytes.h"         /* stores */
#include "devices/disk_file.h"  /* the file */
#include "devices/virtio_pci.h" /* struct virtio_device */

static void describe_topology(uint8_t *config, const struct disk_file *file)
{
    uint32_t least = file->least / file->block_size;
    uint8_t exponent = 0;
    while (file->block_size << exponent < file->physical_size)
        exponent++;
    config[BLK_CONFIG_PHYSICAL_EXP] = exponent;
    store16(config + BLK_CONFIG_MIN_IO, least > UINT16_MAX ? 0 : (uint16_t)least);
    store32(config + BLK_CONFIG_OPT_IO, file->best / file->block_size);
}

void virtio_blk_describe(struct virtio_device *virtio, const struct disk_file *file,
                         bool no_discard, unsigned segments)
{
    uint8_t *config = virtio->config;
    bool discards = !no_discard && !file->no_discard;

    virtio->features = BLK_F_SEG_MAX | BLK_F_BLK_SIZE | BLK_F_FLUSH | BLK_F_TOPOLOGY |
                       BLK_F_CONFIG_WCE;
    if (file->read_only)
        virtio->features |= BLK_F_RO;
    else
        virtio->features |=
            (file->no_zero ? 0 : BLK_F_WRITE_ZEROES) | (discards ? BLK_F_DISCARD : 0);
    if (virtio->queue_count > 1)
        virtio->features |= BLK_F_MQ;
    store64(config + BLK_CONFIG_CAPACITY, file->size / BLK_SECTOR);
    store32(config + BLK_CONFIG_SEG_MAX, segments);
    store32(config + BLK_CONFIG_BLK_SIZE, file->block_size);
    describe_topology(config, file);
    config[BLK_CONFIG_WRITEBACK] = 1;
    store16(config + BLK_CONFIG_QUEUES, (uint16_t)virtio->queue_count);
    store32(config + BLK_CONFIG_DISCARD_SECTORS, BLK_EXTENT_MOST);
    store32(config + BLK_CONFIG_DISCARD_SEGMENTS, 1);
    store32(config + BLK_CONFIG_DISCARD_ALIGNMENT, file->physical_size / BLK_SECTOR);
    store32(config + BLK_CONFIG_ZERO_SECTORS, BLK_EXTENT_MOST);
    store32(config + BLK_CONFIG_ZERO_SEGMENTS, 1);
    config[BLK_CONFIG_ZERO_MAY_UNMAP] = discards;
    virtio->config_size = BLK_CONFIG_SIZE;
}
