/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connection state machine, RFC 9293 3.3.2 and 3.10: what an event means, decided without
 * touching anything. The caller applies the actions.
 */
#ifndef NARU_FSM_H
#define NARU_FSM_H

#include "wire.h"

/* Same numbers as the kernel's enum in net/tcp_states.h and struct tcp_info's tcpi_state. */
enum naru_state {
	NARU_ESTABLISHED = 1,
	NARU_SYN_SENT,
	NARU_SYN_RECEIVED,
	NARU_FIN_WAIT_1,
	NARU_FIN_WAIT_2,
	NARU_TIME_WAIT,
	NARU_CLOSED,
	NARU_CLOSE_WAIT,
	NARU_LAST_ACK,
	NARU_LISTEN,
	NARU_CLOSING,
};

/* Actions, applied in this order */
#define NARU_DO_DROP		0x0001	/* drop, see .why; other bits may still ask for an answer */
#define NARU_DO_ACK		0x0002	/* answer with <SEQ=SND.NXT><ACK=RCV.NXT> at once */
#define NARU_DO_CHALLENGE	0x0004	/* the same, rate-limited (RFC 5961) */
#define NARU_DO_RST		0x0008	/* answer with a reset made from the segment (3.10.7.1) */
#define NARU_DO_ABORT		0x0010	/* the connection is gone, .err says with which errno */
#define NARU_DO_ESTABLISH	0x0020	/* the state is ESTABLISHED now */
#define NARU_DO_PROCESS_ACK	0x0040	/* SEG.ACK is news or a duplicate: the ack rules run */
#define NARU_DO_WINDOW		0x0080	/* SND.WND, SND.WL1, SND.WL2 from the segment */
#define NARU_DO_DATA		0x0100	/* the text goes to reassembly */
#define NARU_DO_TS		0x0200	/* TS.Recent from the segment (RFC 7323 4.3) */
#define NARU_DO_SYNACK		0x0400	/* send <SYN,ACK> (simultaneous open, or again) */
#define NARU_DO_NEW		0x0800	/* TIME-WAIT: the SYN opens a new connection (MAY-2) */
#define NARU_DO_TW_RESTART	0x1000	/* TIME-WAIT: restart the 2MSL timer */
#define NARU_DO_OLD_ACK		0x2000	/* ACK below SND.UNA: only SACK blocks may be news */
#define NARU_DO_SYN_AGAIN	0x4000	/* SYN-SENT: the peer's old connection went with our reset */
#define NARU_DO_URG		0x8000	/* the urgent pointer counts */
#define NARU_DO_LIMITED		0x10000	/* answer with an ACK, for the connection not too often */

/* Why a segment is dropped; the module maps these to drop reasons */
enum naru_why {
	NARU_WHY_NONE,
	NARU_WHY_PAWS,		/* RFC 7323 5.3 R1 */
	NARU_WHY_WINDOW,	/* sequence number not acceptable */
	NARU_WHY_OLD_DATA,	/* wholly a duplicate */
	NARU_WHY_ACK_UNSENT,	/* ACK of what was not sent, RFC 5961 5.2 */
	NARU_WHY_ACK_OLD,	/* ACK too old, RFC 5961 5.2 */
	NARU_WHY_NO_ACK,	/* ACK bit off */
	NARU_WHY_SYN_IN_WINDOW,	/* RFC 5961 4.2 */
	NARU_WHY_RST,		/* a valid reset: not a fault */
	NARU_WHY_RST_INEXACT,	/* reset in the window, not at RCV.NXT: RFC 5961 3.2 */
	NARU_WHY_STATE,		/* nothing that this state takes */
	NARU_WHY_CLOSED,	/* for a connection that is no more */
	NARU_WHY_TIME_WAIT,	/* handled in TIME-WAIT, or protected by RFC 1337 */
	NARU_WHY_AFTER_CLOSE,	/* data after the program closed: RFC 9293 3.6.1 */
};

/**
 * struct naru_fsm_in - what the decision may look at
 * @state: enum naru_state
 * @iss: ISS
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @max_window: largest SND.WND so far (MAX.SND.WND of RFC 5961 5.2), bytes
 * @snd_wl1: SND.WL1
 * @snd_wl2: SND.WL2
 * @snd_wnd: SND.WND, bytes
 * @snd_wscale: shift for SEG.WND, 0 on SYNs
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND, bytes
 * @rcv_reach: as far beyond RCV.NXT as the peer can have sent by any window that it was offered, bytes
 * @last_ack_sent: Last.ACK.sent of RFC 7323
 * @ts_recent: TS.Recent
 * @ts_recent_age_s: seconds since TS.Recent was taken
 * @ts_ok: timestamps were agreed on, and TS.Recent is valid if @ts_valid
 * @ts_valid: TS.Recent holds a value
 * @ts_usec: timestamps tick in µs
 * @fin_acked: our FIN has been acknowledged (by this segment too: the caller computes
 *	@fin_seq + 1 =< SEG.ACK)
 * @receiving: the program still reads (SHUT_RD not done, not closed)
 * @closed: the program has closed the socket (orphan)
 * @passive: SYN-RECEIVED of a listener, opened by its SYN (RFC 7413)
 * @syn_len: in SYN-RECEIVED, bytes of text taken with the SYN
 */
struct naru_fsm_in {
	u8 state;
	u8 snd_wscale;
	bool ts_ok, ts_valid, ts_usec, fin_acked, receiving, closed, rfc1337, passive;
	u32 iss, snd_una, snd_nxt, max_window, snd_wl1, snd_wl2, snd_wnd;
	u32 rcv_nxt, rcv_wnd, rcv_reach, last_ack_sent, syn_len;
	u32 ts_recent, ts_recent_age_s;
};

struct naru_fsm_out {
	u8 state;		/* next state */
	u8 why;			/* enum naru_why: of the segment, or of its text alone */
	u32 actions;		/* NARU_DO_* */
	int err;		/* errno (positive) with NARU_DO_ABORT: ECONNRESET, ECONNREFUSED, EPIPE */
};

/*
 * A segment for a full socket in SYN-RECEIVED (simultaneous open), ESTABLISHED, FIN-WAIT-1,
 * FIN-WAIT-2, CLOSE-WAIT, CLOSING, LAST-ACK: RFC 9293 3.10.7.4 first to seventh, with RFC
 * 5961 3.2, 4.2, 5.2 and RFC 7323 5.3. The state moves for our own FIN's acknowledgment only
 * (FIN-WAIT-1 to FIN-WAIT-2, CLOSING to TIME-WAIT, LAST-ACK to CLOSED) and for SYN-RECEIVED's ACK;
 * the peer's FIN is naru_fsm_fin(), called when it is in order.
 * PAWS does not apply to RST. Acceptability uses RFC 9293 3.10.7.4's four cases; zero-window: RST,
 * ACK and URG are still taken at SEG.SEQ = RCV.NXT (MUST-66).
 * Data in FIN-WAIT-1/2 that nobody will read (@closed, or not @receiving): NARU_DO_RST |
 * NARU_DO_ABORT, why AFTER_CLOSE.
 */
void naru_fsm_segment(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out);
/* SYN-SENT, RFC 9293 3.10.7.3: ESTABLISH|PROCESS_ACK|WINDOW|TS|DATA on SYN,ACK; SYNACK and state
 * SYN_RECEIVED on a bare SYN; ABORT ECONNREFUSED on an acceptable reset. With timestamps sent, a
 * TSecr outside [@ts_first, @ts_last] (only when the segment has TS and ACK) is answered by a
 * reset.
 */
void naru_fsm_syn_sent(const struct naru_fsm_in *in, const struct naru_seg *seg, bool ts_sent,
		       u32 ts_first, u32 ts_last, struct naru_fsm_out *out);
/* LISTEN, RFC 9293 3.10.7.2: NARU_DO_SYNACK for a SYN that may open, RST or DROP otherwise. */
void naru_fsm_listen(const struct naru_seg *seg, struct naru_fsm_out *out);
/*
 * A segment for a SYN-RECEIVED entry of a listener: DROP|SYNACK for the same SYN; ESTABLISH when
 * the handshake is complete; RST for a wrong ACK; ABORT for a valid reset (exactly RCV.NXT) and for
 * another SYN in the window, CHALLENGE for an inexact reset; PAWS and window as in segment().
 */
void naru_fsm_request(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out);
/*
 * TIME-WAIT, RFC 9293 3.10.7.4 with RFC 6191 and RFC 1337: NEW when a SYN may reopen (timestamp
 * greater than TS.Recent, or sequence number not below RCV.NXT); ACK and TW_RESTART on the peer's
 * FIN again, ACK on an out-of-window segment; RST is ignored (RFC 1337). Here @ts_valid says that
 * the connection used timestamps, @ts_ok that a new one would.
 */
void naru_fsm_time_wait(const struct naru_fsm_in *in, const struct naru_seg *seg,
			struct naru_fsm_out *out);
/* The peer's FIN is in order: next state. RFC 9293 3.10.7.4 eighth. @fin_acked: ours is. */
u8 naru_fsm_fin(u8 state, bool fin_acked);
/* The program closes its sending side: next state; RFC 9293 3.10.4. *@send_fin says whether a FIN
 * goes out.
 */
u8 naru_fsm_close(u8 state, bool *send_fin);
/* The reset that answers @seg, RFC 9293 3.10.7.1: fills seq, ack, flags of @rst. False: seg is
 * itself a reset, no answer.
 */
bool naru_fsm_reset_for(const struct naru_seg *seg, struct naru_seg *rst);
/* "ESTABLISHED" and so on, RFC 9293's names. */
const char *naru_fsm_name(u8 state);

#endif
