/* virtio_pci.h: a virtio 1.x device on PCI: everything but what the device does. */
#ifndef DEVICES_VIRTIO_PCI_H
#define DEVICES_VIRTIO_PCI_H

#include "devices/device.h"    /* struct device */
#include "devices/msix.h"      /* interrupts */
#include "devices/pci_rom.h"   /* a ROM, of those that have one */
#include "devices/virtqueue.h" /* queues */
#include "pci/function.h"      /* the PCI function */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

struct board;
struct error;
struct virtio_device;
struct virtio_handed;

#define VIRTIO_QUEUES_MAX 17 /* a NIC with 8 pairs and a control queue */
#define VIRTIO_CONFIG_MAX 136

/*
 * Feature bits (VIRTIO 1.2, chapter 6) the transport offers for every device. The
 * kernel's headers have VIRTIO_F_ names, for numbers of bits.
 */
#define TRANSPORT_F_INDIRECT_DESC (1ull << 28)
#define TRANSPORT_F_EVENT_IDX     (1ull << 29)
#define TRANSPORT_F_VERSION_1     (1ull << 32)

/* What a kind of device is. */
struct virtio_type {
    const char *name;
    uint16_t id;         /* virtio device id; the PCI device id is 0x1040 more */
    uint32_t class_code; /* PCI class */
    unsigned queues;     /* 0: as each device's queue_count says */
    uint16_t queue_size;
    /*
     * The driver notified a queue, or became ready: handle what waits in it. On the
     * loop's or a vCPU's thread, board lock held. A handler that leaves requests in
     * the queue asks to be called again with virtio_run_again.
     */
    void (*run)(struct virtio_device *device, unsigned queue);
    /* The driver is ready, and what it accepted is final; may be NULL, as all below. */
    void (*start)(struct virtio_device *device);
    /* The driver resets the device: nothing of it is in flight on return. */
    void (*stop)(struct virtio_device *device);
    /*
     * The driver writes size bytes of the device-specific configuration, all inside
     * it. NULL: it is read-only.
     */
    void (*config_write)(struct virtio_device *device, uint64_t offset, uint64_t value,
                         unsigned size);
};

/* The eventfd a queue is notified through. */
struct virtio_doorbell {
    struct virtio_device *device;
    unsigned queue;
    int fd;
    bool in_kernel; /* the kernel signals it; else the notify range's handler does */
};

/* Have the loop call run when this doorbell is rung, as it does from the start. */
int virtio_doorbell_listen(struct virtio_doorbell *doorbell);

/* The first member of each virtio device's own struct. */
struct virtio_device {
    struct device device;
    struct board *board;
    const struct virtio_type *type;
    uint64_t features;                 /* offered; set before virtio_pci_init */
    uint8_t config[VIRTIO_CONFIG_MAX]; /* device-specific, as the driver reads it */
    unsigned config_size;
    unsigned queue_count; /* set before virtio_pci_init where the type says 0 */

    const uint8_t *rom_bytes; /* set before virtio_pci_init, which copies it, or NULL */
    size_t rom_size;

    struct pci_function function;
    struct pci_rom rom;
    struct msix msix;
    struct range window;     /* BAR 4: common, ISR, device, notify */
    uint64_t notify_address; /* where doorbells are registered, 0: nowhere */
    struct virtio_doorbell doorbells[VIRTIO_QUEUES_MAX];
    struct virtio_handed *handed; /* queues others serve; NULL: there never was one */

    uint8_t status, isr, config_generation;
    uint32_t feature_select, driver_feature_select;
    uint64_t driver_features;
    uint16_t config_vector, queue_select;
    struct virtqueue queues[VIRTIO_QUEUES_MAX];
};

/*
 * Put the device at devfn of board->pci. device is zeroed but for features,
 * queue_count, config and config_size; it must be freed by virtio_pci_release even when
 * this fails (0, or a negative errno with err set).
 */
int virtio_pci_init(struct virtio_device *device, struct board *board, uint8_t devfn,
                    const struct virtio_type *type, struct error *err);
void virtio_pci_release(struct virtio_device *device);

/* Power-on state of the virtio part, as a driver's reset gives it. */
void virtio_pci_reset(struct virtio_device *device);

/* The same two for the list of devices: where a device has nothing else to do. */
void virtio_device_reset(struct device *device);
void virtio_device_free(struct device *device);

/* Is the driver ready, and the device not broken? */
bool virtio_running(const struct virtio_device *device);

/* Did the driver accept this feature? */
bool virtio_has(const struct virtio_device *device, uint64_t feature);

/* Requests of this queue were given back: interrupt the driver if it wants that. */
void virtio_interrupt(struct virtio_device *device, unsigned queue);

/* As an interrupt of this queue, whether the driver wants one or not. */
void virtio_interrupt_always(struct virtio_device *device, unsigned queue);

/* config was changed: tell the driver. */
void virtio_config_changed(struct virtio_device *device);

/* Call run for this queue again soon, from the event loop. */
void virtio_run_again(struct virtio_device *device, unsigned queue);

/*
 * Handle one chain: how many bytes were written to it, or a negative errno with the
 * queue's fault set, which breaks the device.
 */
typedef int virtio_chain_handler(struct virtio_device *device, unsigned queue,
                                 struct virtqueue_chain *chain);

/*
 * A run of a queue whose chains are handled at once: each that waits is taken into
 * `chain`, handled, and given back; `most` of them, so that a greedy guest does not
 * hold the loop. Then the driver is told.
 */
void virtio_run_chains(struct virtio_device *device, unsigned queue,
                       struct virtqueue_chain *chain, unsigned most,
                       virtio_chain_handler *handle);

/*
 * The end of a run of any kind: interrupt the driver if chains were given back (done),
 * run again if there were as many as may be, break the device if the last result of
 * virtqueue_take is an error.
 */
void virtio_run_ended(struct virtio_device *device, unsigned queue, unsigned done,
                      unsigned most, int result);

/*
 * What the driver did makes no sense: log one line, set DEVICE_NEEDS_RESET, and do
 * nothing more until the driver resets the device.
 */
void virtio_break(struct virtio_device *device, const char *reason);

#endif
