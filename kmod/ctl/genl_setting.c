// SPDX-License-Identifier: GPL-2.0
/*
 * Settings, read and changed.
 */
#include "genl.h"
#include "tcp/recorder.h"

/* One request to change settings at a time, so that two do not mix */
static DEFINE_MUTEX(change_mutex);

static const struct nla_policy change_policy[NARU_SETTING_TEXT + 1] = {
	[NARU_SETTING_NAME] = { .type = NLA_NUL_STRING, .len = NARU_SETTING_NAME_MAX },
	[NARU_SETTING_TYPE] = { .type = NLA_REJECT },
	[NARU_SETTING_VALUES] =
		NLA_POLICY_RANGE(NLA_BINARY, sizeof(s32), NARU_SETTING_WIDTH_MAX * sizeof(s32)),
	[NARU_SETTING_DEFAULTS] = { .type = NLA_REJECT },
	[NARU_SETTING_MIN] = { .type = NLA_REJECT },
	[NARU_SETTING_MAX] = { .type = NLA_REJECT },
	[NARU_SETTING_HELP] = { .type = NLA_REJECT },
	[NARU_SETTING_TEXT] = { .type = NLA_NUL_STRING, .len = NARU_SETTING_TEXT_MAX },
};

const struct nla_policy naru_setting_get_policy[NARU_SETTING_NAME + 1] = {
	[NARU_SETTING_NAME] = { .type = NLA_NUL_STRING, .len = NARU_SETTING_NAME_MAX },
};

const struct nla_policy naru_setting_set_policy[NARU_CHANGE_MAX + 1] = {
	[NARU_CHANGE_SETTING] = NLA_POLICY_NESTED(change_policy),
};

static bool is_name(const struct naru_setting *s)
{
	return s->type == NARU_SETTING_TYPE_NAME;
}

/* There is one: congestion_control */
static int put_name(struct sk_buff *skb, const struct naru_net *nn)
{
	char name[NARU_CONG_NAME_MAX], choices[256];

	naru_cong_default(nn, name);
	naru_cong_names(choices, sizeof(choices));
	if (nla_put_string(skb, NARU_SETTING_TEXT, name) ||
	    nla_put_string(skb, NARU_SETTING_TEXT_DEFAULT, NARU_CONG_DEFAULT.name) ||
	    nla_put_string(skb, NARU_SETTING_TEXT_CHOICES, choices))
		return -EMSGSIZE;
	return 0;
}

static int put_values(struct sk_buff *skb, const struct naru_settings *set,
		      const struct naru_setting *s)
{
	s32 values[NARU_SETTING_WIDTH_MAX], defaults[NARU_SETTING_WIDTH_MAX];
	unsigned int i;

	for (i = 0; i < s->width; i++) {
		values[i] = naru_settings_read(set, s, i);
		defaults[i] = naru_settings_default(s, i);
	}
	if (nla_put(skb, NARU_SETTING_VALUES, s->width * sizeof(s32), values) ||
	    nla_put(skb, NARU_SETTING_DEFAULTS, s->width * sizeof(s32), defaults) ||
	    nla_put_s32(skb, NARU_SETTING_MIN, s->min) ||
	    nla_put_s32(skb, NARU_SETTING_MAX, s->max))
		return -EMSGSIZE;
	return 0;
}

static int put_setting(struct sk_buff *skb, const struct naru_net *nn,
		       const struct naru_setting *s)
{
	if (nla_put_string(skb, NARU_SETTING_NAME, s->name) ||
	    nla_put_u8(skb, NARU_SETTING_TYPE, s->type) ||
	    (is_name(s) ? put_name(skb, nn) : put_values(skb, &nn->set, s)) ||
	    nla_put_string(skb, NARU_SETTING_HELP, s->help))
		return -EMSGSIZE;
	return 0;
}

/* The setting that @name names, or NULL with a message */
static const struct naru_setting *find(const struct nlattr *name, struct netlink_ext_ack *extack)
{
	const struct naru_setting *s = naru_settings_find(nla_data(name));

	if (!s)
		NL_SET_ERR_MSG_ATTR(extack, name, "no such setting");
	return s;
}

/**
 * naru_genl_setting_get() - NARU_CMD_SETTING_GET for one
 * @skb: request
 * @info: its attributes
 *
 * Process context.
 *
 * Return: 0, -EINVAL, -ENOENT, -ENOMEM.
 */
int naru_genl_setting_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct naru_net *nn = naru_net(genl_info_net(info));
	const struct naru_setting *s;
	struct sk_buff *msg;
	void *hdr;

	if (!info->attrs[NARU_SETTING_NAME]) {
		NL_SET_ERR_MSG(info->extack, "which setting? or ask for a dump");
		return -EINVAL;
	}
	s = find(info->attrs[NARU_SETTING_NAME], info->extack);
	if (!s)
		return -ENOENT;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_SETTING_GET);
	if (!hdr || put_setting(msg, nn, s)) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * naru_genl_setting_dump() - NARU_CMD_SETTING_GET for all
 * @skb: message to fill
 * @cb: dump; args[0] is where to go on
 *
 * Process context.
 *
 * Return: bytes in @skb, 0 at the end, -EINVAL for a dump with a name.
 */
int naru_genl_setting_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct naru_net *nn = naru_net(sock_net(cb->skb->sk));
	const struct naru_setting *s;
	void *hdr;

	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG_ATTR(cb->extack, nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
				    "a dump gives all settings: no attributes");
		return -EINVAL;
	}
	for (; (s = naru_settings_at(cb->args[0])); cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &naru_genl_family, NLM_F_MULTI, NARU_CMD_SETTING_GET);
		if (!hdr)
			break;
		if (put_setting(skb, nn, s)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

static int check_values(const struct naru_setting *s, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	const s32 *value = nla_data(attr);
	unsigned int i;

	if (nla_len(attr) != s->width * sizeof(s32)) {
		if (s->width == 1)
			NL_SET_ERR_MSG_ATTR(extack, attr, "this setting has one value");
		else
			NL_SET_ERR_MSG_ATTR(extack, attr, "this setting has three values");
		return -EINVAL;
	}
	for (i = 0; i < s->width; i++) {
		if (value[i] < s->min || value[i] > s->max) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "outside of the setting's range");
			return -ERANGE;
		}
		if (i && value[i] < value[i - 1]) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "the three values must not descend");
			return -EINVAL;
		}
	}
	return 0;
}

/* A setting with one value, or with three that count alike */
static bool is_raised(const struct naru_settings *set, const struct naru_setting *s,
		      const struct nlattr *attr)
{
	const s32 *value = nla_data(attr);
	unsigned int i;

	for (i = 0; i < s->width; i++)
		if (value[i] > max(naru_settings_default(s, i), naru_settings_read(set, s, i)))
			return true;
	return false;
}

/* Root of a user namespace has the network namespace to itself, and the machine's memory with others */
static int check_bound(const struct sk_buff *skb, const struct naru_settings *set,
		       const struct naru_setting *s, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (!s->bound || !is_raised(set, s, attr) ||
	    netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "not permitted above its default: needs CAP_NET_ADMIN in the initial user namespace");
	return -EPERM;
}

/* A name may be gone since it was checked: it comes first, and values cannot fail */
enum stage { CHECK, CHANGE_NAMES, CHANGE_VALUES };

struct change {
	const struct sk_buff *skb;	/* request */
	struct naru_net *nn;
	struct netlink_ext_ack *extack;
	enum stage stage;
};

static int change_values(const struct change *c, const struct naru_setting *s,
			 const struct nlattr *attr)
{
	const s32 *value = nla_data(attr);
	unsigned int i;

	if (c->stage == CHECK)
		return check_values(s, attr, c->extack) ?:
		       check_bound(c->skb, &c->nn->set, s, attr, c->extack);
	for (i = 0; c->stage == CHANGE_VALUES && i < s->width; i++)
		naru_settings_write(&c->nn->set, s, i, value[i]);
	if (c->stage == CHANGE_VALUES)
		naru_recorder_switch(c->nn);
	return 0;
}

static int change_name(const struct change *c, const struct nlattr *attr)
{
	const struct naru_cong_ops *ops;

	if (c->stage == CHANGE_VALUES)
		return 0;
	ops = naru_cong_get(nla_data(attr));
	if (!ops) {
		NL_SET_ERR_MSG_ATTR(c->extack, attr, "no such congestion control");
		return -ENOENT;
	}
	if (c->stage == CHANGE_NAMES)
		naru_cong_set_default(c->nn, ops);
	else
		module_put(ops->owner);
	return 0;
}

static int change_one(const struct change *c, const struct nlattr *nest)
{
	struct nlattr *tb[ARRAY_SIZE(change_policy)];
	const struct naru_setting *s;
	int err;

	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, nest, change_policy, c->extack);
	if (err)
		return err;
	if (!tb[NARU_SETTING_NAME] || !tb[NARU_SETTING_VALUES] == !tb[NARU_SETTING_TEXT]) {
		NL_SET_ERR_MSG_ATTR(c->extack, nest, "a setting needs a name, and values or a text");
		return -EINVAL;
	}
	s = find(tb[NARU_SETTING_NAME], c->extack);
	if (!s)
		return -ENOENT;
	if (is_name(s) != !!tb[NARU_SETTING_TEXT]) {
		if (is_name(s))
			NL_SET_ERR_MSG_ATTR(c->extack, nest, "this setting is a name");
		else
			NL_SET_ERR_MSG_ATTR(c->extack, nest, "this setting is a number, or three");
		return -EINVAL;
	}
	if (s->machine && !net_eq(c->nn->net, &init_net)) {
		NL_SET_ERR_MSG_ATTR(c->extack, nest,
				    "one for the machine: change it in the initial namespace");
		return -EPERM;
	}
	return is_name(s) ? change_name(c, tb[NARU_SETTING_TEXT]) :
			    change_values(c, s, tb[NARU_SETTING_VALUES]);
}

/* All NARU_CHANGE_SETTING of a request, up to the first that fails */
static int change_all(const struct change *c, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		err = change_one(c, attr);
		if (err)
			return err;
	}
	return 0;
}

/**
 * naru_genl_setting_set() - NARU_CMD_SETTING_SET
 * @skb: request
 * @info: its attributes
 *
 * Process context. All are checked before the first is changed.
 *
 * Return: 0, -EPERM, -EINVAL, -ENOENT, -ERANGE.
 */
int naru_genl_setting_set(struct sk_buff *skb, struct genl_info *info)
{
	struct change c = {
		.skb = skb,
		.nn = naru_net(genl_info_net(info)),
		.extack = info->extack,
	};
	int err;

	err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);
	if (err)
		return err;
	if (!info->attrs[NARU_CHANGE_SETTING]) {
		NL_SET_ERR_MSG(info->extack, "no setting to change");
		return -EINVAL;
	}
	mutex_lock(&change_mutex);
	for (err = 0; !err && c.stage <= CHANGE_VALUES; c.stage++)
		err = change_all(&c, info->nlhdr);
	mutex_unlock(&change_mutex);
	return err;
}
