// SPDX-License-Identifier: GPL-2.0
/*
 * sendfile(2) and splice(2) where the kernel has a call of its own for each page.
 */
#include <linux/uio.h>
#include "naru.h"
#include "sock.h"

#ifdef NARU_COMPAT_SENDPAGE
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

	iov_iter_bvec(&msg.msg_iter, WRITE, &piece, 1, size);
	return naru_stream_send(sock, &msg, sendpage_ok(page));
}
#endif
