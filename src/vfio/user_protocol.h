/* user_protocol.h: the messages of vfio-user, for the client here and any server. */
#ifndef VFIO_USER_PROTOCOL_H
#define VFIO_USER_PROTOCOL_H

#include <linux/vfio.h> /* VFIO_IRQ_SET_*, VFIO_REGION_INFO_*, VFIO_DEVICE_FLAGS_* */
#include <stdint.h>     /* fixed-width integers */

/*
 * Source: "vfio-user Protocol Specification", version 0.9.2 (docs/vfio-user.rst of
 * libvfio-user; also in QEMU's documentation under "System Emulation Management and
 * Interoperability"). Everything is in the host's byte order. Each message is a
 * header and a payload; the structs below are the payloads. File descriptors travel
 * beside the bytes as SCM_RIGHTS. Region and interrupt flags are those of linux/vfio.h.
 */
#define VFIO_USER_MAJOR 0
#define VFIO_USER_MINOR 0

enum vfio_user_command {
    VFIO_USER_VERSION = 1,
    VFIO_USER_DMA_MAP = 2,
    VFIO_USER_DMA_UNMAP = 3,
    VFIO_USER_DEVICE_GET_INFO = 4,
    VFIO_USER_DEVICE_GET_REGION_INFO = 5,
    VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
    VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
    VFIO_USER_DEVICE_SET_IRQS = 8,
    VFIO_USER_REGION_READ = 9,
    VFIO_USER_REGION_WRITE = 10,
    VFIO_USER_DMA_READ = 11,  /* server to client */
    VFIO_USER_DMA_WRITE = 12, /* server to client */
    VFIO_USER_DEVICE_RESET = 13,
    VFIO_USER_REGION_WRITE_MULTI = 15,
    VFIO_USER_DEVICE_FEATURE = 16,
    VFIO_USER_MIG_DATA_READ = 17,
    VFIO_USER_MIG_DATA_WRITE = 18,
};

/* Bits of vfio_user_header.flags. */
#define VFIO_USER_TYPE_MASK    0x0fu
#define VFIO_USER_TYPE_COMMAND 0x00u
#define VFIO_USER_TYPE_REPLY   0x01u
#define VFIO_USER_NO_REPLY     0x10u /* command: the sender wants no reply */
#define VFIO_USER_ERROR        0x20u /* reply: failed; error is an errno or 0 */

struct vfio_user_header {
    uint16_t id;      /* the sender's choice; echoed in the reply */
    uint16_t command; /* enum vfio_user_command; echoed in the reply */
    uint32_t size;    /* bytes of header and payload together */
    uint32_t flags;   /* VFIO_USER_* above */
    uint32_t error;   /* positive errno, meaningful with VFIO_USER_ERROR */
} __attribute__((packed));

/* VERSION, both ways: the JSON text (capabilities) follows, with its NUL; optional. */
struct vfio_user_version {
    uint16_t major; /* the server must answer with the client's */
    uint16_t minor; /* the server answers with this or less */
    char json[];
} __attribute__((packed));

/* DMA_MAP; a descriptor comes with it when the server may map the range itself. */
#define VFIO_USER_DMA_READABLE  1u
#define VFIO_USER_DMA_WRITEABLE 2u

struct vfio_user_dma_map {
    uint32_t argsz;  /* of this struct; there is no reply payload */
    uint32_t flags;  /* VFIO_USER_DMA_* */
    uint64_t offset; /* in the descriptor; 0 without one */
    uint64_t address;
    uint64_t size;
} __attribute__((packed));

/*
 * DMA_UNMAP; the reply repeats it. Clients send it for ranges that were never mapped
 * too (QEMU unmaps whole spaces): that is answered with size 0, not with an error.
 */
struct vfio_user_dma_unmap {
    uint32_t argsz; /* most the reply payload may be */
    uint32_t flags;
    uint64_t address;
    uint64_t size;
} __attribute__((packed));

/* DEVICE_GET_INFO, request and reply. In a request only argsz is set. */
struct vfio_user_device_info {
    uint32_t argsz; /* request: most the reply payload may be; reply: what it needs */
    uint32_t flags; /* VFIO_DEVICE_FLAGS_RESET, VFIO_DEVICE_FLAGS_PCI */
    uint32_t region_count;
    uint32_t irq_count; /* number of indexes, not of vectors */
} __attribute__((packed));

/*
 * DEVICE_GET_REGION_INFO, request and reply. In a request only argsz and index are set.
 * A reply that would exceed the request's argsz has no capabilities and says in argsz
 * how much is needed. With VFIO_REGION_INFO_FLAG_MMAP one descriptor comes with the
 * reply.
 */
struct vfio_user_region_info {
    uint32_t argsz;
    uint32_t flags; /* VFIO_REGION_INFO_FLAG_* */
    uint32_t index;
    uint32_t cap_offset; /* from the start of this struct; 0: no capability */
    uint64_t size;
    uint64_t offset; /* where the region starts in its descriptor, for mmap */
    /* struct vfio_info_cap_header chains follow, as in linux/vfio.h */
} __attribute__((packed));

/* DEVICE_GET_IRQ_INFO, request and reply. In a request only argsz and index are set. */
struct vfio_user_irq_info {
    uint32_t argsz;
    uint32_t flags; /* VFIO_IRQ_INFO_* */
    uint32_t index;
    uint32_t count;
} __attribute__((packed));

/*
 * DEVICE_SET_IRQS; no reply payload. With DATA_EVENTFD, count descriptors come with the
 * message; none of them means: take away what was set. With DATA_BOOL, count bytes
 * follow. DATA_NONE|ACTION_TRIGGER with count 0 disables the index.
 */
struct vfio_user_irq_set {
    uint32_t argsz; /* of this struct and its data */
    uint32_t flags; /* one VFIO_IRQ_SET_DATA_* and one VFIO_IRQ_SET_ACTION_* */
    uint32_t index;
    uint32_t start;
    uint32_t count;
} __attribute__((packed));

/*
 * REGION_READ: the request is this, the reply is this and count bytes.
 * REGION_WRITE: the request is this and count bytes, the reply is this.
 */
struct vfio_user_region_access {
    uint64_t offset;
    uint32_t region;
    uint32_t count; /* at most the peer's max_data_xfer_size */
} __attribute__((packed));

/* DMA_READ and DMA_WRITE, server to client: as region accesses, with these fields. */
struct vfio_user_dma_access {
    uint64_t address;
    uint64_t count; /* at most the peer's max_data_xfer_size */
} __attribute__((packed));

_Static_assert(sizeof(struct vfio_user_header) == 16, "vfio-user header");
_Static_assert(sizeof(struct vfio_user_version) == 4, "vfio-user version");
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "vfio-user DMA map");
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "vfio-user DMA unmap");
_Static_assert(sizeof(struct vfio_user_device_info) == 16, "vfio-user device info");
_Static_assert(sizeof(struct vfio_user_region_info) == 32, "vfio-user region info");
_Static_assert(sizeof(struct vfio_user_irq_info) == 16, "vfio-user IRQ info");
_Static_assert(sizeof(struct vfio_user_irq_set) == 20, "vfio-user IRQ set");
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "vfio-user region access");
_Static_assert(sizeof(struct vfio_user_dma_access) == 16, "vfio-user DMA access");

/* What a peer must be taken to accept when its VERSION message does not say. */
#define VFIO_USER_DEFAULT_MAX_FDS  1u
#define VFIO_USER_DEFAULT_MAX_DATA (1024u * 1024u)
#define VFIO_USER_DEFAULT_MAX_MAPS 65535u
#define VFIO_USER_DEFAULT_PAGES    4096u /* page sizes, or'ed */

/* What this side accepts, and announces. */
#define VFIO_USER_MAX_FDS  16u
#define VFIO_USER_MAX_DATA (1024u * 1024u) /* bytes of data in one access */
/* Largest payload: an access of VFIO_USER_MAX_DATA bytes. */
#define VFIO_USER_MAX_PAYLOAD (VFIO_USER_MAX_DATA + 64u)
#define VFIO_USER_MAX_MESSAGE (16u + VFIO_USER_MAX_PAYLOAD)

#endif
