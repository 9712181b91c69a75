cat /sys/devices/system/clocksource/clocksource0/*_clocksource; dmesg | grep -i "tsc\|clocksource\|calibrat" | head -20
