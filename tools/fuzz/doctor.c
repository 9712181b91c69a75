// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the kernel's, as naru doctor reads them.
 */
#include "doctor.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *name = strsep(&rest, "|");

	doctor_reserved(text, 32768, 60999);
	if (rest)
		doctor_has_option(rest, name);
	free(text);
	return 0;
}
