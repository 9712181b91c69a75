// SPDX-License-Identifier: GPL-2.0
/*
 * Accepts every packet of netfilter queue 0, as a program that looks at traffic does.
 *
 *	nfqueue FILE		FILE is made when it is ready
 */
#include "tool.h"
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

static char buf[1 << 17];

static struct nlmsghdr *request(char *at, int type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(0);
	return nlh;
}

static void ask(struct mnl_socket *nl, struct nlmsghdr *nlh)
{
	nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		die("request");
	if (mnl_cb_run(buf, mnl_socket_recvfrom(nl, buf, sizeof(buf)), 0, 0, NULL, NULL) < 0)
		die("answer");
}

static void open_queue(struct mnl_socket *nl)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = {
		.copy_mode = NFQNL_COPY_META, .copy_range = htonl(0),
	};
	struct nlmsghdr *nlh = request(buf, NFQNL_MSG_CONFIG);

	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(bind), &bind);
	ask(nl, nlh);
	nlh = request(buf, NFQNL_MSG_CONFIG);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	ask(nl, nlh);
}

static int accept_packet(const struct nlmsghdr *nlh, void *data)
{
	struct nfqnl_msg_verdict_hdr verdict = { .verdict = htonl(NF_ACCEPT) };
	struct nfqnl_msg_packet_hdr *packet;
	struct mnl_socket *nl = data;
	struct nlmsghdr *answer;
	struct nlattr *attr;
	char copy[256];

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFQA_PACKET_HDR)
			continue;
		packet = mnl_attr_get_payload(attr);
		verdict.id = packet->packet_id;
		answer = request(copy, NFQNL_MSG_VERDICT);
		mnl_attr_put(answer, NFQA_VERDICT_HDR, sizeof(verdict), &verdict);
		if (mnl_socket_sendto(nl, answer, answer->nlmsg_len) < 0)
			die("verdict");
	}
	return MNL_CB_OK;
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	ssize_t n;

	if (argc != 2)
		return 2;
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	open_queue(nl);
	tool_ready(argv[1]);
	while ((n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
		if (mnl_cb_run(buf, n, 0, 0, accept_packet, nl) < 0)
			die("queue");
	die("queue");
}
