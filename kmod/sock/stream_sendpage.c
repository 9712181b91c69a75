// SPDX-License-Identifier: GPL-2.0
/*
 * sendfile(2) and splice(2) where the kernel has a call of its own for each page.
 */
#include <linux/uio.h>
#include "naru.h"
#include "sock.h"

#ifdef NARU_COMPAT_SENDPAGE
/* Whether a page only goes behind the one before it: more follow at once, and nothing is to be decided until then */
static bool only_adds(const struct sock *sk, const struct sk_buff *skb, size_t size, int flags)
{
	const struct naru_sock *ns = naru_sk(sk);

	return skb && flags & MSG_SENDPAGE_NOTLAST && !(flags & (MSG_OOB | MSG_FASTOPEN)) && !NARU_CB(skb)->eor &&
	       (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) &&
	       !sk->sk_err && !(sk->sk_shutdown & SEND_SHUTDOWN) && !READ_ONCE(sk->sk_tsflags) &&
	       skb->len + size <= ns->size_goal;
}

static bool add(struct sock *sk, struct page *page, int offset, size_t size, int flags)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!only_adds(sk, skb, size, flags) || !sk_wmem_schedule(sk, size) ||
	    naru_compat_append(skb, page, offset, size, flags))
		return false;
	sk_wmem_queued_add(sk, size);
	sk_mem_charge(sk, size);
	NARU_CB(skb)->flags &= ~NARU_PSH;
	NARU_CB(skb)->end_seq += size;
	WRITE_ONCE(naru_sk(sk)->write_seq, naru_sk(sk)->write_seq + size);
	return true;
}

/**
 * naru_stream_sendpage - proto_ops.sendpage
 * @sock: socket
 * @page: page to send of
 * @offset: where in it
 * @size: bytes
 * @flags: MSG_; MSG_SENDPAGE_NOTLAST: the next page follows
 *
 * The page is taken over as it is, but for one of a slab, which has no references of its own. Context: process, may
 * sleep; takes the lock.
 *
 * Return: bytes taken over, or a negative errno, as naru_stream_send().
 */
ssize_t naru_stream_sendpage(struct socket *sock, struct page *page, int offset, size_t size, int flags)
{
	struct bio_vec piece = { .bv_page = page, .bv_offset = offset, .bv_len = size };
	struct msghdr msg = { .msg_flags = flags };
	struct sock *sk = sock->sk;
	bool added;

	lock_sock(sk);
	added = sendpage_ok(page) && add(sk, page, offset, size, flags);
	release_sock(sk);
	if (added)
		return size;
	iov_iter_bvec(&msg.msg_iter, WRITE, &piece, 1, size);
	return naru_stream_send(sock, &msg, sendpage_ok(page));
}
#endif
