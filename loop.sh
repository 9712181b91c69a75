cd build/selftests/wire 2>/dev/null || cd selftests/wire
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
echo 1 > /sys/kernel/tracing/events/naru/enable
for i in $(seq 40); do
echo > /sys/kernel/tracing/trace
./recovery -t lost_retransmission > /tmp/o 2>&1 || { echo "== $i"; cat /tmp/o | grep "^#" /tmp/o | head -20; tail -120 /sys/kernel/tracing/trace; break; }
done; echo done
