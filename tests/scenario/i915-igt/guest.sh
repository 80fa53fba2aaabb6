# guest.sh: a list of igt-gpu-tools' tests by its own runner.
# LAB_TEST_SECONDS: how long one may take, and be silent.
. /etc/lab/functions

load_driver
enter_tree igt || exit 1
say "igt: $(grep -c . /lab/input/tests) tests"
seconds=${LAB_TEST_SECONDS:-120}
mkdir -p /lab/igt
in_tree /usr/bin/igt_runner --test-list /lab/input/tests --overwrite \
    --per-test-timeout "$seconds" --inactivity-timeout "$seconds" /usr/libexec/igt-gpu-tools /lab/igt \
    >/lab/igt-runner.log 2>&1 &
runner=$!
while kill -0 $runner 2>/dev/null; do
    sleep 5
    say "igt: $(grep -c "^\[" /lab/igt-runner.log) started"
done
wait $runner
echo $? >/lab/igt-status
exit 0
