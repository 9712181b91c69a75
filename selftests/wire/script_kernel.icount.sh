#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The scripts of scripts/ on the kernel's own TCP: what they ask of naru is what the kernel does, but where they say why not
# timeout: 100000
exec "$(dirname "$0")/script.icount.sh" -k "$@"
