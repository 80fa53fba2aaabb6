# guest.sh: programs people use, on the display that i915 drives.
. /etc/lab/functions

load_driver
enter_tree clients || exit 1
connector=$LAB_CONNECTOR mode=$LAB_MODE

say "modetest"
in_tree /usr/bin/modetest -M i915 -c -p >/lab/modetest.log 2>&1
# It shows its pattern until its standard input ends.
(sleep 3 && pictures modetest) |
    in_tree /usr/bin/modetest -M i915 -s "$connector:$mode" >/lab/modetest-set.log 2>&1
echo $? >/lab/modetest-status
(sleep 6) | in_tree /usr/bin/modetest -M i915 -v -s "$connector:$mode" \
    >/lab/modetest-flips.log 2>&1

say "Xorg"
cat >/mnt/tmp/xorg.conf <<'END'
Section "Device"
    Identifier "igd"
    Driver "modesetting"
    Option "kmsdev" "/dev/dri/card0"
    Option "AccelMethod" "none"
EndSection
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "BlankTime" "0"
EndSection
END
in_tree /usr/lib/xorg/Xorg :0 -config /tmp/xorg.conf -nolisten tcp -noreset -nocursor \
    -logfile /lab/xorg.log >/lab/xorg-said.log 2>&1 &
server=$!
export DISPLAY=:0
tries=0
while ! in_tree /usr/bin/xsetroot -solid "#336699" 2>/dev/null && [ $tries -lt 100 ]; do
    sleep 0.3
    tries=$((tries + 1))
done
in_tree /usr/bin/xterm -fn fixed -geometry 60x8+100+80 -e /bin/sh -c \
    'echo "igdvm: a terminal on the modelled display"; while sleep 100; do :; done' \
    >/lab/xterm.log 2>&1 &
in_tree /usr/bin/xlogo -geometry 200x200+600+300 >/lab/xlogo.log 2>&1 &
sleep 5
in_tree /usr/bin/xwd -root -silent -out /lab/root.xwd 2>/lab/xwd.log
pictures xorg
in_tree /usr/bin/xrandr >/lab/xrandr.log 2>&1
kill $server
wait $server
echo $? >/lab/xorg-status
ask info >/lab/model-info.json
exit 0
