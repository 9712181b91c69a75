/* SPDX-License-Identifier: GPL-2.0 */
/* At the end of a test. With arguments it is the harness's own main(), without all variants run */
#define main wire_harness_main
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	if (argc == 1)
		return wire_run_variants();
	wire_prepare();
	return wire_harness_main(argc, argv);
}
