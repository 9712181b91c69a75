#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The scripts of scripts/ on naru, in both wire modes and families. Guest seconds cost nothing where nothing happens.
# timeout: 100000
cd "$(dirname "$0")" || exit 1
for d in "${OUTPUT:-.}" . ../../build/selftests/wire; do
	[ ! -x "$d/script" ] || exec "$d/script" "$@"
done
echo "script is not built" >&2
exit 1
