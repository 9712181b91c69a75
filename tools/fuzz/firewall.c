// SPDX-License-Identifier: GPL-2.0
/*
 * What firewalls print, as naru doctor reads it.
 */
#include "firewall.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct firewall f = { NULL, 0 };
	char *text = fuzz_text(data, size), mend[256];
	unsigned int dropped;
	size_t i;

	if (*text == '*')
		FUZZ_HOLDS(firewall_read_iptables(&f, text, "ip"));
	else
		FUZZ_HOLDS(firewall_read_nft(&f, text));
	for (i = 0; i < f.num; i++) {
		dropped = firewall_dropped(&f, &f.chain[i]);
		FUZZ_HOLDS(dropped < 1U << FIREWALL_PROTOS);
		if (dropped)
			firewall_mend(&f.chain[i], dropped, mend, sizeof(mend));
	}
	firewall_free(&f);
	free(text);
	return 0;
}
