/* virtio_handed.h: queues of a virtio device that somebody else serves, such as vhost.
 */
#ifndef DEVICES_VIRTIO_HANDED_H
#define DEVICES_VIRTIO_HANDED_H

struct error;
struct virtio_device;

/* What the one who serves a queue needs of it; the fds stay the device's. */
struct virtio_queue_fds {
    int kick; /* eventfd: the driver notified the queue */
    int call; /* eventfd to signal: interrupt the driver */
};

/*
 * Hand an enabled queue over: run is not called for it any more, and whoever gets these
 * may read and write its rings. Board lock held. The call fd goes straight to the guest
 * where the kernel can do that, else through the event loop. 0 or a negative errno with
 * err, and then the queue is still the device's.
 */
int virtio_hand_over(struct virtio_device *device, unsigned queue,
                     struct virtio_queue_fds *fds, struct error *err);

/*
 * All queues are the device's again; whoever had them must have let go. A reset does
 * this after the type's stop. Board lock held.
 */
void virtio_handed_take_back(struct virtio_device *device);

/* For the transport: interrupts may have been masked, moved or turned on. */
void virtio_handed_update(struct virtio_device *device);
void virtio_handed_free(struct virtio_device *device);

#endif
