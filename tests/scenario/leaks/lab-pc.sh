# lab-pc.sh: a guest that reads all it can of the GPU, and what the host has there.
. /lab/input/functions

say "probing the host side"
probe_host || exit 1
bind_igd || exit 1
make_disk
# So little RAM that stolen memory cannot be at the host's own address.
if [ "$LAB_VMM" = igdvm ]; then
    set -- --memory 144M
fi
run_linux_guest "lab.leaks=1" "$@"
echo $? >/lab/vmm-status
keep_disk
