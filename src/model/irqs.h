/* irqs.h: the model's interrupts as a vfio-user client arms them. */
#ifndef MODEL_IRQS_H
#define MODEL_IRQS_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* flags */

struct event_loop;
struct vfio_user_irq_info;
struct vfio_user_irq_set;
struct vfio_user_message;

/* Indexes: INTx, MSI, MSI-X, error, request (linux/vfio.h). */
#define IRQS_INDEXES 5

struct irqs {
    struct event_loop *loop;
    int intx_fd, msi_fd;
    int unmask_fd; /* the client's "end of interrupt" for INTx */
    bool condition, pin;
    bool intx_masked; /* set by each INTx, until the client unmasks */
};

void irqs_init(struct irqs *irqs, struct event_loop *loop);
/* Disarm everything and close what the client gave. */
void irqs_release(struct irqs *irqs);

/* Fill flags and count of info->index. 0 or -EINVAL. */
int irqs_info(struct vfio_user_irq_info *info);

/* SET_IRQS: set and, from data on, its data; takes descriptors out of the message. */
int irqs_set(struct irqs *irqs, const struct vfio_user_irq_set *set,
             const uint8_t *data, uint32_t data_size,
             struct vfio_user_message *message);

/* What the model's bus tells: see struct model_bus. */
void irqs_changed(struct irqs *irqs, bool condition, bool pin);

#endif
