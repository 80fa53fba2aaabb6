# lab-pc.sh: systems that are not Linux. Each runs until it has shown what it should, on
# the first serial port, which is a pseudo-terminal.
. /lab/input/functions
mount_terminals
mkdir -p /lab/systems

# Of the lab PC's up time.
centiseconds() {
    read -r up _ </proc/uptime
    echo "${up%.*}${up#*.}"
}

# start NAME OPTIONS...: in the background; its screen goes to /lab/systems/NAME.screen.
start() {
    name=$1
    started=$(centiseconds)
    screen=/lab/systems/$1.screen
    shift
    igdvm run --firmware /lab/input/bios.bin --memory 64M --serial pty --boot-retry never \
        --debug-console "file:/lab/systems/$name.firmware" "$@" \
        </dev/null >"/lab/systems/$name.log" 2>&1 &
    vmm=$!
    open_terminal "/lab/systems/$name.log" $screen
}

end() {
    kill $vmm 2>/dev/null
    wait $vmm
    echo $? >"/lab/systems/$name.status"
    kill $reader
    exec 3>&-
    say "$name: ended with status $(cat "/lab/systems/$name.status")"
}

# Until the guest's PM timer, of 24 bits, has two to three seconds left before it wraps.
# memtest86+ asks it for the 50 ms in which it measures the TSC, and when it wraps in these
# reads it a million times before it goes on: some minutes here.
wait_for_pm_timer() {
    period=468
    until phase=$((($(centiseconds) - started) % period)) && [ $phase -ge 170 ] &&
        [ $phase -lt 270 ]; do
        sleep 0.1
    done
}

start ipxe --cdrom /lab/input/ipxe.iso --serial-screen
wait_for $screen "Ctrl-B" 120 && printf '\002' >&3 && wait_for $screen "iPXE>" 60 &&
    type_keys 'echo at-${buildarch}-' && wait_for $screen "at-i386-" 30
end

# Nothing to boot from but the network: iPXE of the NIC's ROM gets an address and a script
# from here, by that another script from user networking, and a kernel.
[ -e /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
ip link set lo up
cp -r /lab/input/tftp /tmp # where nobody may read it
start network --net tap,ifname=lab0,rom=/lab/input/efi-virtio.rom --serial-screen \
    --net user,rom=none,tftp=/tmp/tftp,bootfile=script.ipxe
until ip addr add 10.77.0.1/24 dev lab0 2>/dev/null; do
    kill -0 $vmm || break
    sleep 0.1
done
cat >/tmp/udhcpd.conf <<'END'
interface lab0
start 10.77.0.10
end 10.77.0.20
option subnet 255.255.255.0
boot_file http://10.77.0.1/script.ipxe
lease_file /tmp/leases
END
: >/tmp/leases
httpd -f -vv -p 10.77.0.1:80 -h /lab/input/www >/lab/systems/httpd.log 2>&1 &
servers=$!
udhcpd -f /tmp/udhcpd.conf >/lab/systems/udhcpd.log 2>&1 &
servers="$servers $!"
wait_for $screen "script for net0" 200 && wait_for $screen "script for net1" 60 &&
    wait_for $screen "s to start it" 60 && wait_for_pm_timer && printf s >&3 &&
    wait_for $screen "Memtest86" 120 && wait_for $screen "Status: Testing" 60
end
kill $servers

[ "$LAB_LONG" = 1 ] || exit 0

# GRUB's own disc, and Xen on a disk: a multiboot kernel with a module, which is no system
# it could start. One line: what is typed while GRUB reads a file is lost.
cp /lab/input/xen.iso /lab/input/grub-rescue-cdrom.iso /tmp
start xen --memory 256M --disk /tmp/xen.iso,ro --cdrom /tmp/grub-rescue-cdrom.iso \
    --serial-screen
wait_for $screen "for a command-line" 200 && printf c >&3 && wait_for $screen "grub>" 100 &&
    type_keys "multiboot (hd0)/xen.gz com1=115200 console=com1 noreboot; module (hd0)/memtest; boot" &&
    wait_for $screen "Manual reset required" 120
end

# Nothing waits here for a key: see wait_for_pm_timer for the long wait.
start memtest --kernel /lab/input/memtest86+x64.bin --append "console=ttyS0,115200"
wait_for $screen "Memtest86" 600 && wait_for $screen "Status: Testing" 60
end
