# lab-pc.sh: systems that are not Linux. Each runs until it has shown what it should, on
# the first serial port, which is a pseudo-terminal.
. /lab/input/functions
mount_terminals
mkdir -p /lab/systems

# start NAME OPTIONS...: in the background; its screen goes to /lab/systems/NAME.screen.
start() {
    name=$1
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

start ipxe --cdrom /lab/input/ipxe.iso --serial-screen
wait_for $screen "Ctrl-B" 120 && printf '\002' >&3 && wait_for $screen "iPXE>" 60 &&
    type_keys 'echo at-${buildarch}-' && wait_for $screen "at-i386-" 30
end

start memtest --kernel /lab/input/memtest86+x64.bin --append "console=ttyS0,115200"
wait_for $screen "Memtest86" 120 && wait_for $screen "Testing" 60 && sleep 2
end
