// SPDX-License-Identifier: GPL-2.0
/*
 * Payload that goes from one skb of the write queue to the one in front of it, page by page.
 */
#include <linux/skbuff.h>
#include "naru.h"

/* Pages alone, that nobody else has and nobody is to be told of */
static bool is_plain(struct sk_buff *skb)
{
	return !skb_headlen(skb) && !skb_cloned(skb) && !skb_zcopy(skb) && !skb_shinfo(skb)->tx_flags;
}

/* The first @len bytes of @frag behind @to: the reference is taken over where all of it goes */
static bool take(struct sk_buff *to, const skb_frag_t *frag, u32 len)
{
	struct skb_shared_info *sh = skb_shinfo(to);
	struct page *page = skb_frag_page(frag);
	bool whole = len == skb_frag_size(frag);

	if (skb_can_coalesce(to, sh->nr_frags, page, skb_frag_off(frag))) {
		skb_frag_size_add(&sh->frags[sh->nr_frags - 1], len);
		if (whole)
			put_page(page);
		return true;
	}
	if (sh->nr_frags >= MAX_SKB_FRAGS)
		return false;
	if (!whole)
		get_page(page);
	sh->frags[sh->nr_frags] = *frag;
	skb_frag_size_set(&sh->frags[sh->nr_frags++], len);
	return true;
}

/* As many of @frags, of @n, as go into @to whole and have no more than @len bytes, which become fewer */
static int take_whole(struct sk_buff *to, const skb_frag_t *frags, int n, u32 *len)
{
	struct skb_shared_info *sh = skb_shinfo(to);
	int i;

	n = min_t(int, n, MAX_SKB_FRAGS - sh->nr_frags);
	for (i = 0; i < n && skb_frag_size(&frags[i]) <= *len; i++)
		*len -= skb_frag_size(&frags[i]);
	memcpy(sh->frags + sh->nr_frags, frags, i * sizeof(frags[0]));
	sh->nr_frags += i;
	return i;
}

static void account(struct sk_buff *skb, int bytes)
{
	skb->len += bytes;
	skb->data_len += bytes;
	skb->truesize += bytes;
}

/**
 * naru_skb_shift - move the beginning of an skb's payload to the end of another's
 * @to: skb of the write queue
 * @from: the next one there
 * @len: bytes, fewer than @from has
 *
 * Nothing is copied. What both are charged for is the same in sum. Context: any; socket lock held.
 *
 * Return: bytes moved; fewer, or 0, where that is not possible.
 */
u32 naru_skb_shift(struct sk_buff *to, struct sk_buff *from, u32 len)
{
	struct skb_shared_info *sh = skb_shinfo(from);
	u32 left = len, first = skb_frag_size(&sh->frags[0]);
	int gone = 0;

	if (!is_plain(to) || !is_plain(from))
		return 0;
	/* of the page that had been cut */
	if (first <= left && take(to, &sh->frags[0], first)) {
		left -= first;
		gone = 1;
	}
	if (gone)
		gone += take_whole(to, sh->frags + 1, sh->nr_frags - 1, &left);
	if (left && left < skb_frag_size(&sh->frags[gone]) && take(to, &sh->frags[gone], left)) {
		skb_frag_off_add(&sh->frags[gone], left);
		skb_frag_size_sub(&sh->frags[gone], left);
		left = 0;
	}
	sh->nr_frags -= gone;
	memmove(sh->frags, sh->frags + gone, sh->nr_frags * sizeof(sh->frags[0]));
	skb_shinfo(to)->flags |= sh->flags & SKBFL_SHARED_FRAG;
	account(to, len - left);
	account(from, -(int)(len - left));
	return len - left;
}
