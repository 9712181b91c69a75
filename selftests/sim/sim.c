// SPDX-License-Identifier: GPL-2.0
/*
 * Connections of two of naru's engines through a hostile network, on a virtual clock:
 *
 *	sim [-n CONNECTIONS] [-s SEED] [-v]
 *
 * Connection k of -s SEED is connection 0 of -s SEED+k. Prints the seed of what fails, and exits with 1; -v shows the
 * segments.
 */
#include <getopt.h>
#include "sim.h"

#define STEPS_MAX	4000000
#define HOURS_MAX	4ULL

struct sim_setup sim_setup;
bool sim_verbose;

static u64 seed;
static struct {
	u64 done, reset, segments, bytes;
} totals;

_Noreturn void sim_fail(const char *what, ...)
{
	va_list args;

	printf("not ok: seed %llu, at %.6f s: ", (unsigned long long)seed, sim_now_us / 1e6);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* ---- what a seed makes ---- */

static bool one_in(u32 n)
{
	return !sim_below(n);
}

/* Mostly little, sometimes nothing, seldom much */
static u32 draw_size(void)
{
	if (one_in(4))
		return 0;
	if (one_in(60))
		return sim_below(300000);
	return sim_below(one_in(4) ? 30000 : 6000);
}

static void draw_network(void)
{
	struct sim_setup *s = &sim_setup;

	memset(s, 0, sizeof(*s));
	s->delay_us = one_in(8) ? sim_below(300000) : sim_below(40000);
	s->mtu = one_in(3) ? sim_range(256, 9000) : 1500;
	s->hostile_us = sim_range(1, 20) * USEC_PER_SEC;
	if (one_in(10))
		return;
	if (!one_in(3))
		s->loss = sim_below(one_in(4) ? SIM_ONE / 2 : SIM_ONE / 10);
	if (one_in(2))
		s->reorder = sim_below(SIM_ONE / 2);
	s->late_us = sim_below(one_in(6) ? 2000000 : 50000);
	if (one_in(3))
		s->jitter_us = sim_below(30000);
	if (one_in(3))
		s->duplicate = sim_below(SIM_ONE / 4);
	if (one_in(4))
		s->corrupt = sim_below(SIM_ONE / 10);
	if (one_in(4))
		s->ce = sim_below(SIM_ONE / 4);
	if (one_in(6))
		s->forge = sim_below(SIM_ONE / 10);
	if (one_in(40))
		s->reset = SIM_ONE / 100;
	if (one_in(6))
		s->no_memory = sim_below(SIM_ONE / 10);
	if (one_in(6))
		s->windows = sim_below(SIM_ONE / 4);
	if (one_in(10))
		s->no_queue = sim_below(SIM_ONE / 10);
	if (one_in(10)) {
		s->pressure_us[0] = sim_below(1000000);
		s->pressure_us[1] = s->pressure_us[0] + sim_below(4000000);
	}
	s->simultaneous = one_in(12);
	if (one_in(5))
		s->hold = sim_below(SIM_ONE / 2);
	if (one_in(5)) {
		s->rate = sim_range(20, 5000);
		s->queue = sim_range(2, 100);
	}
	if (one_in(10)) {
		s->mtu_falls_us = sim_below(2000000);
		s->low_mtu = sim_range(256, s->mtu);
	}
	if (one_in(8)) {
		s->outage_us[0] = sim_below(3000000);
		s->outage_us[1] = s->outage_us[0] + sim_below(15000000);
	}
}

static void draw_settings(struct sim_host *h)
{
	struct naru_net *nn = &h->nn;

	naru_setting_write(nn, sack, !one_in(5));
	naru_setting_write(nn, dsack, !one_in(4));
	naru_setting_write(nn, timestamps, !one_in(4));
	naru_setting_write(nn, window_scaling, !one_in(4));
	naru_setting_write(nn, frto, !one_in(4));
	naru_setting_write(nn, early_retrans, !one_in(4));
	naru_setting_write(nn, ecn, sim_below(3));
	naru_setting_write(nn, mtu_probing, sim_below(3));
	naru_setting_write(nn, probe_interval, one_in(3) ? 1 : 600);
	if (one_in(2))
		naru_cong_set_default(nn, naru_cong_get("cubic"));
	if (one_in(3))
		nn->set.value[NARU_SLOT_rmem][1] = sim_range(2048, 20000);
	if (one_in(3))
		nn->set.value[NARU_SLOT_wmem][1] = sim_range(2048, 60000);
}

static void draw_program(struct sim_host *h)
{
	h->dst.mtu = sim_setup.mtu;
	h->gso_max = one_in(3) ? 65536 : 0;
	h->gro = one_in(2);
	h->to_send = draw_size();
	h->chunk = one_in(3) ? sim_range(1, 500) : sim_range(500, 70000);
	h->bite = one_in(4) ? sim_range(1, 2000) : 1 << 20;
	h->chunk = max(h->chunk, h->to_send / 200 + 1);
	h->read_pause_us = one_in(6) ? sim_below(500000) : 0;
	h->write_pause_us = one_in(6) ? sim_below(300000) : 0;
	h->pace = one_in(8) ? (unsigned long)sim_range(max(h->to_send / 100, 1000U), 10000000) : 0;
	h->urgent = one_in(10) ? SIM_ONE / 5 : 0;
	h->closes_early = one_in(3);
}

static void draw_all(void)
{
	u32 i;

	sim_memory_short = false;
	sim_now_us = 0;
	sim_boot_us = (u64)sim_random() * 1000000 / 64 + sim_below(1000000) + 100000000;
	naru_secret.key[0] = (u64)sim_random() << 32 | sim_random();
	naru_secret.key[1] = one_in(3) ? (u32)-sim_below(100000) : sim_random();
	draw_network();
	/* not drawn: seeds that have found a fault find it still */
	sim_setup.ts_usec = seed % 4 == 3;
	sim_setup.page_pool = seed % 8 < 4;
	for (i = 0; i < SIM_HOSTS; i++) {
		sim_host_init(&sim_hosts[i]);
		draw_settings(&sim_hosts[i]);
		draw_program(&sim_hosts[i]);
	}
	for (i = 0; i < SIM_HOSTS; i++) {
		struct sim_host *h = &sim_hosts[i];

		h->to_get = sim_peer(h)->to_send;
		/* a peer that has closed does not wait for ever at a closed window */
		h->bite = max(h->bite, h->to_get / 100 + 1);
	}
}

/* ---- a connection ---- */

static u64 timer_at(const struct timer_list *t)
{
	u64 at = t->expires * (USEC_PER_SEC / HZ);

	return at > sim_boot_us ? max(at - sim_boot_us, sim_now_us) : sim_now_us;
}

static void fire(struct timer_list *t)
{
	timer_delete(t);
	t->function(t);
	sim_run_tasklet();
}

/* The next thing happens. False: nothing will */
static bool step(void)
{
	struct timer_list *timer = sim_timer_first();
	u64 at_timer = timer ? timer_at(timer) : ~0ULL, at_net = sim_net_next(), at = min(at_timer, at_net);
	struct sim_host *program = NULL;
	u32 i;

	for (i = 0; i < SIM_HOSTS; i++) {
		if (sim_program_next(&sim_hosts[i]) >= at)
			continue;
		program = &sim_hosts[i];
		at = sim_program_next(program);
	}
	if (at == ~0ULL)
		return false;
	sim_now_us = max(at, sim_now_us);
	sim_memory_short = sim_now_us >= sim_setup.pressure_us[0] && sim_now_us < sim_setup.pressure_us[1];
	if (program)
		sim_program(program);
	else if (at_net <= at_timer)
		sim_net_deliver();
	else
		fire(timer);
	return true;
}

static bool is_over(void)
{
	return sim_program_done(&sim_hosts[0]) && sim_program_done(&sim_hosts[1]);
}

/* A forged reset was as good as the peer's own */
static bool was_reset(void)
{
	const struct sim_host *h;

	for (h = sim_hosts; h < sim_hosts + SIM_HOSTS; h++)
		if (h->forged_resets && h->mib.count[NARU_MIB_FIRST_DROP + NARU_DROP_RST])
			return true;
	return false;
}

static void after_step(void)
{
	u32 i;

	sim_net_forge();
	for (i = 0; i < SIM_HOSTS; i++) {
		sim_too_big(&sim_hosts[i]);
		sim_check(&sim_hosts[i]);
		if (sim_hosts[i].err && !was_reset())
			sim_fail("host %u: the connection failed: %s", i, strerror(sim_hosts[i].err));
	}
}

/* Until nothing happens any more */
static void run(void)
{
	u32 steps = 0;

	while (step()) {
		after_step();
		if (++steps > STEPS_MAX || sim_now_us > HOURS_MAX * 3600 * USEC_PER_SEC)
			sim_fail("no end: %u and %u bytes of %u and %u have arrived", sim_hosts[0].got,
				 sim_hosts[1].got, sim_hosts[0].to_get, sim_hosts[1].to_get);
	}
}

static void count(void)
{
	totals.done += is_over();
	totals.reset += !is_over();
	totals.bytes += sim_hosts[0].got + sim_hosts[1].got;
	totals.segments += sim_hosts[0].mib.count[NARU_MIB_OUT_SEGS] + sim_hosts[1].mib.count[NARU_MIB_OUT_SEGS];
}

static void one_connection(void)
{
	u32 i;

	sim_seed(seed);
	draw_all();
	if (sim_setup.simultaneous)
		sim_connect(&sim_hosts[1]);
	else
		sim_listen(&sim_hosts[1]);
	sim_connect(&sim_hosts[0]);
	run();
	if (!is_over() && !was_reset())
		sim_fail("deadlock: %u and %u bytes of %u and %u have arrived", sim_hosts[0].got, sim_hosts[1].got,
			 sim_hosts[0].to_get, sim_hosts[1].to_get);
	count();
	for (i = 0; i < SIM_HOSTS; i++)
		sim_host_exit(&sim_hosts[i]);
	sim_net_clear();
	if (sim_skbs)
		sim_fail("%u skbs are left", sim_skbs);
	if (sim_timer_first())
		sim_fail("a timer runs and all is over");
}

static void misused(void)
{
	fprintf(stderr, "usage: sim [-n CONNECTIONS] [-s SEED] [-v]\n");
	exit(2);
}

static u64 number(const char *text)
{
	char *end;
	u64 n;

	n = strtoull(text, &end, 0);
	if (n == ULLONG_MAX || end == text || *end || *text == '-')
		misused();
	return n;
}

int main(int argc, char **argv)
{
	u64 n = 20000, i;
	int c;

	while ((c = getopt(argc, argv, "n:s:v")) != -1) {
		if (c == 'n')
			n = number(optarg);
		else if (c == 's')
			seed = number(optarg);
		else if (c == 'v')
			sim_verbose = true;
		else
			misused();
	}
	if (optind < argc)
		misused();
	naru_batch_init();
	naru_listen_init();
	naru_timewait_init();
	for (i = 0; i < n; i++, seed++)
		one_connection();
	naru_timewait_exit();
	naru_listen_exit();
	printf("ok: %llu connections: %llu done, %llu reset; %llu segments, %llu bytes\n", (unsigned long long)n,
	       (unsigned long long)totals.done, (unsigned long long)totals.reset,
	       (unsigned long long)totals.segments, (unsigned long long)totals.bytes);
	return 0;
}
