// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of all kinds with bytes of them changed, cut off or checksums put right again: whatever
 * comes out has right checksums, and shows nobody what is not his.
 */
#include "napt_error.h"

#define ROUNDS		6000
#define BATCH		16
#define INSIDE_NET	IP(192, 168, 0, 0)

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	return tool_mix(state++) % below;
}

/* Changes what is behind the outer header, but the error stays an error */
static void mutate(struct packet *p)
{
	static const uint8_t types[] = { 3, 3, 3, 4, 5, 11, 12 };
	uint32_t changes = draw(4);
	bool mend_quote = draw(2), mend = draw(8);

	if (!draw(3))
		p->len = 28 + draw(p->len - 28);
	while (changes-- && p->len > 28)
		p->b[28 + draw(draw(2) ? p->len - 28 : 1 + (p->len - 28) / 3)] = draw(256);
	p->b[20] = types[draw(sizeof(types))];
	p->b[21] = draw(16);
	put16(p->b + 2, p->len);
	finish_ip(p->b);
	if (mend_quote && p->len >= 28 + (size_t)(p->b[28] % 16) * 4 && p->b[28] % 16 >= 5)
		finish_ip(p->b + 28);
	if (mend)
		finish_error(p);
}

static bool is_inside(uint32_t addr)
{
	return (addr & 0xffff0000) == INSIDE_NET;
}

static void judge(enum net net, struct packet *p)
{
	struct packet right = *p;
	uint32_t src = get32(p->b + 12), dst = get32(p->b + 16);
	uint32_t quoted_src = get32(p->b + 40), quoted_dst = get32(p->b + 44);

	finish_ip(right.b);
	finish_error(&right);
	same("right checksums", p, &right, false);
	if (p->len < 48)
		fail("an error without a quoted header was passed on");
	if (net == WAN && (is_inside(src) || is_inside(quoted_src) || is_inside(quoted_dst))) {
		dump("is", p);
		fail("an inside address came out");
	}
	if (net != WAN && (!is_inside(dst) || quoted_src != dst || is_inside(quoted_dst))) {
		dump("is", p);
		fail("an error about another's packet came in");
	}
}

static void judge_all(int *came)
{
	for (enum net net = 0; net < NETS; net++) {
		for (int i = 0; i < got[net].num; i++)
			judge(net, &got[net].p[i]);
		came[net] += got[net].num;
		got[net].num = 0;
	}
}

struct source {
	enum net net;
	struct packet p;
};

/* What is changed: errors from outside, from inside, and about what is turned round */
static void collect(struct source *to, uint8_t proto)
{
	static const struct flow answer = { .payload = 20 };
	struct conn a = { .f.payload = 20 }, c = {};
	struct flow f = { .proto = proto, .src = A.addr, .dst = external, .payload = 20, .flags = SYN };
	struct error e = { .src = X.addr, .dst = external, .type = 3, .quote = &a.out };
	struct packet taken;

	begin(&a, &A, proto);
	answered(&a, &answer);
	e.len = a.out.len;
	to[0].net = WAN;
	make_error(&to[0].p, &e);
	e = (struct error){ .src = A.addr, .dst = S.addr, .type = 3, .quote = &a.taken,
			    .len = a.taken.len };
	to[1].net = LAN;
	make_error(&to[1].p, &e);
	to[2] = to[1];
	if (proto == ICMP)
		return;
	begin(&c, &C, proto);
	f.sport = next_port++;
	f.dport = c.port;
	make_packet(&taken, &f);
	transmit(LAN, &taken);
	settle();
	one("what is turned round", DMZ, &taken);
	e = (struct error){ .src = C.addr, .dst = external, .type = 3, .quote = &taken,
			    .len = taken.len };
	to[2].net = DMZ;
	make_error(&to[2].p, &e);
}

static void mutated(void)
{
	struct source sources[3 * sizeof(protos)];
	int came[NETS] = {};

	state = 1;
	for (size_t i = 0; i < sizeof(protos); i++)
		collect(&sources[3 * i], protos[i]);
	for (int i = 0; i < ROUNDS; i++) {
		struct source s = sources[draw(3 * sizeof(protos))];

		mutate(&s.p);
		transmit(s.net, &s.p);
		if (i % BATCH == BATCH - 1) {
			settle();
			judge_all(came);
		}
	}
	if (!came[LAN] || !came[WAN])
		fail("of so many errors %d came in and %d out", came[LAN], came[WAN]);
}

const struct test tests_mutate[] = {
	{ "mutated", NULL, mutated },
	{ }
};
