/* SPDX-License-Identifier: GPL-2.0 */
/* At the end of a test. With arguments it is the harness's own main(), without all variants run */
#define main wire_harness_main
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	return argc > 1 ? wire_harness_main(argc, argv) : wire_run_variants();
}
