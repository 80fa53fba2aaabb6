# lab-pc.sh: a flat guest that reboots many times, then the Linux guest with one reboot.
. /lab/input/functions

# At every boot the guest announces: what igdvm holds. One line a boot.
watch_vmm() {
    seen=0
    while [ ! -e /tmp/watch-end ]; do
        boots=$(grep -c '^boot ' /lab/flat-serial.log 2>/dev/null)
        if [ "${boots:-0}" -gt "$seen" ]; then
            seen=$boots
            pid=$(pidof "$1") || break
            # shellcheck disable=SC2012  # names in fd are numbers
            echo "$boots $(ls "/proc/$pid/fd" | wc -l)" \
                "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")" \
                >>/lab/growth
        fi
        sleep 0.3
    done
}

probe_host || exit 1
bind_igd || exit 1
say "the flat guest reboots again and again"
cp /lab/input/reboot.img /tmp/flat.img
if [ "$LAB_VMM" = igdvm ]; then
    watch_vmm igdvm &
else
    watch_vmm ld-linux-x86-64.so.2 &
fi
run_flat_guest /tmp/flat.img
echo $? >/lab/flat-status
touch /tmp/watch-end
wait
say "$(grep -c '^boot ' /lab/flat-serial.log) boots, status $(cat /lab/flat-status)"

say "the Linux guest reboots once"
make_disk
run_linux_guest "lab.at-end=reboot"
echo $? >/lab/vmm-status
say "the guest ended with status $(cat /lab/vmm-status)"
keep_disk
unbind_igd
echo $? >/lab/unbind-status
