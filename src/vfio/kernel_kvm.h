/* kernel_kvm.h: tells KVM which VFIO file a virtual machine uses. */
#ifndef VFIO_KERNEL_KVM_H
#define VFIO_KERNEL_KVM_H

struct error;

/*
 * Register a VFIO file (a group's or a device cdev's) with KVM's VFIO device of the VM,
 * made for it: the IOMMU of Intel graphics does not snoop the CPU caches, so KVM must
 * know of the device to let the guest's cache settings and WBINVD take effect (Linux
 * Documentation/virt/kvm/devices/vfio.rst). *kvm_device: the VFIO device's descriptor,
 * for kernel_kvm_remove; -1, with a warning, where this kernel's KVM has none. 0, or a
 * negative errno with err set.
 */
int kernel_kvm_add(int kvm_fd, int file, const char *address, int *kvm_device,
                   struct error *err);

/*
 * The same for a further device of that VM, which has one VFIO device: `present` is its
 * descriptor, which *kvm_device becomes a copy of.
 */
int kernel_kvm_add_beside(int present, int file, const char *address, int *kvm_device,
                          struct error *err);

/* Take `file` back and close the VFIO device; nothing when kvm_device is -1. */
void kernel_kvm_remove(int *kvm_device, int file, const char *address);

#endif
