/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of drop reasons and the list of other counters. Who includes this defines, before,
 *
 *	NARU_DROP(NAME, core, explanation)	the reason NARU_DROP_NAME; the nearest of the kernel's
 *						own (SKB_DROP_REASON_core, one that 6.1 has too);
 *						one line of what it means and what to do
 *	NARU_COUNTER(NAME, explanation)		the counter NARU_MIB_NAME
 */
#ifdef NARU_DROP
NARU_DROP(BAD_CSUM, TCP_CSUM,
	  "wrong checksum: damaged on the way, or an offload is broken (ethtool -K)")
NARU_DROP(SHORT, PKT_TOO_SMALL,
	  "shorter than its header says: damaged or forged")
NARU_DROP(BAD_DOFF, PKT_TOO_SMALL,
	  "data offset below 5: damaged or forged")
NARU_DROP(BAD_OPTLEN, TCP_FLAGS,
	  "an option's length is impossible (RFC 9293 3.2): forged, or a broken middlebox")
NARU_DROP(BAD_FLAGS, TCP_FLAGS,
	  "impossible flags, as SYN with FIN or RST: a scan, or forged")
NARU_DROP(NOT_FOR_US, OTHERHOST,
	  "sent to a multicast or broadcast address, or to another host's link address")
NARU_DROP(NO_SOCKET, NO_SOCKET,
	  "nobody listens there: answered with a reset; is the server running?")
NARU_DROP(BACKLOG, SOCKET_BACKLOG,
	  "the socket's backlog was full while a program held it: raise rmem")
NARU_DROP(FILTER, SOCKET_FILTER,
	  "a filter of the socket (SO_ATTACH_FILTER, cgroup BPF, LSM) refused it")
NARU_DROP(POLICY, XFRM_POLICY,
	  "an IPsec policy refused it: see ip xfrm policy")
NARU_DROP(MIN_TTL, NOT_SPECIFIED,
	  "TTL or hop limit below what the socket asks for (IP_MINTTL)")
NARU_DROP(LISTEN_OVERFLOW, NOT_SPECIFIED,
	  "accept queue full: the server accepts too slowly, or raise listen()'s backlog")
NARU_DROP(REQ_OVERFLOW, NOT_SPECIFIED,
	  "too many half-open connections: a SYN flood; raise max_syn_backlog, or see syncookies")
NARU_DROP(DEFER_ACCEPT, NOT_SPECIFIED,
	  "completes a handshake, and the listener waits for data (TCP_DEFER_ACCEPT); no fault")
NARU_DROP(PAWS, TCP_RFC7323_PAWS,
	  "timestamp older than the last (RFC 7323 5.3): an old duplicate")
NARU_DROP(WINDOW, TCP_INVALID_SEQUENCE,
	  "sequence number outside the window: an old duplicate, or forged")
NARU_DROP(OLD_DATA, TCP_OLD_DATA,
	  "data that had come before: the peer retransmitted without need")
NARU_DROP(ACK_UNSENT, TCP_ACK_UNSENT_DATA,
	  "acknowledges what was never sent (RFC 5961 5.2): forged, or a broken peer")
NARU_DROP(ACK_OLD, TCP_TOO_OLD_ACK,
	  "acknowledges what lies more than a window back (RFC 5961 5.2): forged")
NARU_DROP(NO_ACK, TCP_FLAGS,
	  "without the ACK bit on a connection: forged, or a broken peer")
NARU_DROP(SYN_IN_WINDOW, TCP_INVALID_SYN,
	  "SYN on a connection (RFC 5961 4.2): the peer restarted, or forged")
NARU_DROP(RST, TCP_RESET,
	  "a valid reset: the peer ended the connection; no fault")
NARU_DROP(RST_INEXACT, TCP_INVALID_SEQUENCE,
	  "reset in the window but not exact (RFC 5961 3.2): challenged, maybe forged")
NARU_DROP(STATE, TCP_FLAGS,
	  "nothing that the connection's state can take")
NARU_DROP(CLOSED, TCP_CLOSE,
	  "for a connection that is no more")
NARU_DROP(TIME_WAIT, TCP_CLOSE,
	  "handled in TIME-WAIT, which stayed (RFC 9293 3.10.7.4, RFC 1337)")
NARU_DROP(AFTER_CLOSE, TCP_CLOSE,
	  "data after the program had closed: answered with a reset (RFC 9293 3.6.1)")
NARU_DROP(OFO_LIMIT, TCP_OFO_DROP,
	  "out-of-order queue full: raise rmem, or the path reorders too much")
NARU_DROP(RCV_MEM, SOCKET_RCVBUFF,
	  "receive buffer full: the program reads too slowly, or raise rmem")
NARU_DROP(OFO_PRUNE, TCP_OFO_QUEUE_PRUNE,
	  "out-of-order data given up for memory: raise rmem")
NARU_DROP(ZERO_WINDOW, TCP_ZEROWINDOW,
	  "data into a closed window: the peer probes, or ignores the window")
NARU_DROP(NO_ROUTE, IP_OUTNOROUTES,
	  "no route to answer by: see ip route get")
NARU_DROP(NO_MEMORY, NOMEM,
	  "no memory: see free and dmesg")
NARU_DROP(NET_DYING, NOT_SPECIFIED,
	  "the network namespace is going away")
NARU_DROP(LISTEN_RACE, TCP_CLOSE,
	  "the listener closed, or another CPU finished the handshake first; no fault")
NARU_DROP(NAPT_NO_MAPPING, NOT_SPECIFIED,
	  "NAPT: from outside to an external port that is nobody's: a scan, or a mapping that ended")
NARU_DROP(NAPT_FILTERED, NOT_SPECIFIED,
	  "NAPT: from a stranger, and the rule's filtering keeps those out (naru napt rule list)")
NARU_DROP(NAPT_EXCEPTED, NOT_SPECIFIED,
	  "NAPT: from outside, and no rule translates answers: see except, dport (naru napt rule list)")
NARU_DROP(NAPT_HELD, NOT_SPECIFIED,
	  "NAPT: a SYN that no mapping lets in: waits, port unreachable after 6 s (RFC 5382 REQ-4)")
NARU_DROP(NAPT_HOLD_FULL, NOT_SPECIFIED,
	  "NAPT: such a SYN while 1024 wait, or no memory: never answered; a SYN flood, or a scan?")
NARU_DROP(NAPT_STRAY, NOT_SPECIFIED,
	  "NAPT: from inside, of no connection: a reset or an echo's reply that nothing asked for")
NARU_DROP(NAPT_EXHAUSTED, NOT_SPECIFIED,
	  "NAPT: no external port is left: more addresses or a wider range (naru napt rule)")
NARU_DROP(NAPT_LIMIT, NOT_SPECIFIED,
	  "NAPT: no more mappings or sessions: raise napt_max_mappings, napt_max_sessions; see free")
NARU_DROP(NAPT_STRANGERS, NOT_SPECIFIED,
	  "NAPT: from outside, and half of napt_max_sessions were begun there: a flood, or raise it")
NARU_DROP(NAPT_PROTO, NOT_SPECIFIED,
	  "NAPT: from inside, of a protocol that is not translated, and would show an inside address")
NARU_DROP(NAPT_SUSPENDED, NOT_SPECIFIED,
	  "NAPT: from inside, and the rule that would take it is suspended (naru napt rule list)")
NARU_DROP(NAPT_FRAGMENT, NOT_SPECIFIED,
	  "NAPT: a fragment whose first has not come, while fragments fill the memory: a flood")
NARU_DROP(NAPT_SHORT, PKT_TOO_SMALL,
	  "NAPT: cut short, or a fragment alone: damaged or forged")
NARU_DROP(NAPT_OPTIONS, NOT_SPECIFIED,
	  "NAPT: from inside, with a source route, which would show inside addresses (RFC 5508 7.3)")
NARU_DROP(NAPT_FORGED, NOT_SPECIFIED,
	  "NAPT: sent out with an external address that is nobody's own: forged, or a host has it too")
NARU_DROP(NAPT_SOURCE, NOT_SPECIFIED,
	  "NAPT: from an address that no host has: 0.0.0.0/8, loopback, multicast, broadcast; forged")
NARU_DROP(NAPT_HAIRPIN_OFF, NOT_SPECIFIED,
	  "NAPT: from inside to an external address, and the rule says hairpin off")
NARU_DROP(NAPT_HAIRPIN_LOCAL, NOT_SPECIFIED,
	  "NAPT: from inside to a port forwarded to the router itself: use its inside address there")
NARU_DROP(NAPT_POLICY, XFRM_POLICY,
	  "NAPT: IPsec keeps it back, once translated: a policy blocks it, or has no state (ip xfrm)")
NARU_DROP(NAPT_ERROR_CSUM, ICMP_CSUM,
	  "NAPT: an ICMP error damaged on the way: a checksum is wrong, its own or its quoted IP header's")
NARU_DROP(NAPT_ERROR_STRAY, NOT_SPECIFIED,
	  "NAPT: an ICMP error about a packet of no session: late, forged, or it shows an inside address")
NARU_DROP(NAPT_ERROR_SHORT, PKT_TOO_SMALL,
	  "NAPT: an ICMP error that quotes a packet without ports: cut short, or a later fragment")
NARU_DROP(NAPT_REDIRECT, NOT_SPECIFIED,
	  "NAPT: an ICMP redirect about what is translated, which would lead round the NAPT; no fault")
NARU_DROP(DGRAM_NO_SOCKET, NO_SOCKET,
	  "a datagram, and nobody is bound there: answered with port unreachable; is the server running?")
NARU_DROP(DGRAM_NO_MEMBER, NO_SOCKET,
	  "a multicast or broadcast datagram that no socket of its port asks for; no fault")
NARU_DROP(DGRAM_RCVBUF, SOCKET_RCVBUFF,
	  "a datagram, and the receive buffer was full: the program reads too slowly, or raise SO_RCVBUF")
#undef NARU_DROP
#endif

#ifdef NARU_COUNTER
NARU_COUNTER(ACTIVE_OPENS, "connections begun by connect()")
NARU_COUNTER(PASSIVE_OPENS, "connections begun by a SYN for a listener")
NARU_COUNTER(ATTEMPT_FAILS, "handshakes that failed: refused, or never answered")
NARU_COUNTER(ESTAB_RESETS, "connections that ended with a reset, ours or the peer's")
NARU_COUNTER(IN_SEGS, "segments received, bad ones included; super-segments count once")
NARU_COUNTER(OUT_SEGS, "segments sent, counted as on the wire; retransmissions not included")
NARU_COUNTER(RETRANS_SEGS, "segments sent again: loss on the path, or an RTO too short")
NARU_COUNTER(OUT_RSTS, "resets sent: to closed ports, or connections aborted")
NARU_COUNTER(IN_ERRS, "segments with a bad checksum or header")
NARU_COUNTER(SYN_RETRANS, "SYNs sent again: the peer is down, or filtered")
NARU_COUNTER(SYNACK_RETRANS, "SYN,ACKs sent again: clients do not answer; a SYN flood?")
NARU_COUNTER(SYNCOOKIES_SENT, "SYN,ACKs sent with a cookie, nothing kept: a SYN flood, or raise max_syn_backlog")
NARU_COUNTER(SYNCOOKIES_RECV, "connections that such a cookie has proved")
NARU_COUNTER(SYNCOOKIES_FAILED, "ACKs without a good cookie while cookies are sent: late, forged, or data was lost")
NARU_COUNTER(FASTOPEN_ACTIVE, "connections whose SYN carried data that the peer took (RFC 7413)")
NARU_COUNTER(FASTOPEN_ACTIVE_FAIL, "connections whose SYN carried data that the peer did not take, or that timed out")
NARU_COUNTER(FASTOPEN_PASSIVE, "connections that a listener took with their SYN, before the handshake (RFC 7413)")
NARU_COUNTER(FASTOPEN_PASSIVE_FAIL, "SYNs with a wrong cookie: keys have changed, or forged; or no memory")
NARU_COUNTER(FASTOPEN_PASSIVE_ALT_KEY, "of FASTOPEN_PASSIVE, those with a cookie of the backup key: keys rotate")
NARU_COUNTER(FASTOPEN_LISTEN_OVERFLOW, "SYNs that opened as usual, TCP_FASTOPEN's queue being full: raise it; a flood?")
NARU_COUNTER(FASTOPEN_COOKIE_REQD, "SYNs that asked for a Fast Open cookie")
NARU_COUNTER(FASTOPEN_BLACKHOLE, "times Fast Open paused, since a path drops it: see fastopen_blackhole_timeout_sec")
NARU_COUNTER(RTOS, "retransmission timeouts (RFC 6298): heavy loss, or the peer is gone")
NARU_COUNTER(FAST_RETRANS, "segments sent again before the timeout (RFC 5681, RFC 6675)")
NARU_COUNTER(RECOVERY_ENTER, "times fast recovery began: one per loss episode")
NARU_COUNTER(LOSS_UNDO, "losses that turned out not to be: the path reorders or delays")
NARU_COUNTER(ECN_CE, "segments received that a router marked instead of dropping them (RFC 3168)")
NARU_COUNTER(ECN_REDUCED, "times a window was reduced because the peer echoed such a mark")
NARU_COUNTER(CONG_CLAMPED, "windows that a congestion control left impossible and that were put right: its module has a fault")
NARU_COUNTER(DUPACKS, "duplicate ACKs received: the peer misses something")
NARU_COUNTER(DELAYED_ACKS, "ACKs sent by the delayed-ACK timer")
NARU_COUNTER(CHALLENGE_ACKS, "challenge ACKs sent (RFC 5961): old or forged segments")
NARU_COUNTER(CHALLENGE_SUPPRESSED, "challenge ACKs held back: see challenge_ack_limit")
NARU_COUNTER(INVALID_SUPPRESSED, "other ACKs to invalid segments held back: see invalid_ratelimit; a loop of ACKs?")
NARU_COUNTER(OFO_QUEUED, "segments queued out of order: loss or reordering on the path")
NARU_COUNTER(BACKLOG_MERGED, "ACKs that a later one replaced while a program had the socket")
NARU_COUNTER(OFO_MERGED, "segments out of order whose data was queued already")
NARU_COUNTER(SACK_SENT, "ACKs sent with SACK blocks")
NARU_COUNTER(SACK_RECV, "ACKs received with SACK blocks")
NARU_COUNTER(DSACK_SENT, "ACKs that told the peer of data that came twice (RFC 2883)")
NARU_COUNTER(DSACK_RECV, "ACKs by which the peer told of data that came twice")
NARU_COUNTER(TAIL_PROBES, "tail loss probes sent (RFC 8985)")
NARU_COUNTER(TAIL_PROBE_REPAIRS, "losses that a tail loss probe made good")
NARU_COUNTER(RECORDER_NO_MEMORY, "connections without a flight recorder for lack of memory")
NARU_COUNTER(DSACK_UNDO, "window reductions taken back: all that was sent again had arrived before")
NARU_COUNTER(EIFEL_UNDO, "window reductions taken back: a timestamp told that the original had arrived (RFC 3522)")
NARU_COUNTER(FRTO_UNDO, "timeouts that were for nothing, as later ACKs showed (RFC 5682)")
NARU_COUNTER(SACK_INVALID, "SACK blocks that make no sense: a middlebox shifts numbers?")
NARU_COUNTER(ZERO_WINDOW_PROBES, "probes of the peer's closed window: it reads too slowly")
NARU_COUNTER(ZERO_WINDOW_ADV, "times our window closed: the program here reads too slowly")
NARU_COUNTER(KEEPALIVES, "keepalive probes sent")
NARU_COUNTER(TIMEOUTS, "connections given up because the peer did not answer")
NARU_COUNTER(TW_ENTERED, "connections that entered TIME-WAIT")
NARU_COUNTER(TW_REUSED, "TIME-WAIT entries reused by a new connection (see tw_reuse)")
NARU_COUNTER(TW_EXPIRED, "TIME-WAIT entries that ended by their timer")
NARU_COUNTER(TW_OVERFLOW, "connections without TIME-WAIT: raise max_tw_buckets")
NARU_COUNTER(ICMP_IN, "ICMP errors received that concern naru's segments")
NARU_COUNTER(ICMP_IGNORED, "ICMP errors that change nothing (RFC 5927): no connection, or state")
NARU_COUNTER(ICMP_OUT_OF_WINDOW, "ICMP errors about numbers not in flight: late, or forged")
NARU_COUNTER(PMTU_REDUCED, "times a path's MTU fell and segments were made smaller")
NARU_COUNTER(MTU_PROBES, "packets sent to find out whether the path takes larger ones (RFC 4821)")
NARU_COUNTER(MTU_PROBE_SUCCESS, "of those, that got through: packets are that large from then on")
NARU_COUNTER(MTU_PROBE_FAIL, "of those, that did not: the path takes no more")
NARU_COUNTER(MTU_BLACK_HOLES, "times packets were made smaller because perhaps large ones vanish: a router drops ICMP?")
NARU_COUNTER(LISTEN_ACCEPTED, "connections that accept() handed to a program")
NARU_COUNTER(EPHEMERAL_EXHAUSTED, "no port left to connect from: widen ip_local_port_range")
NARU_COUNTER(HOLDER_FAILED, "ports that the kernel would not let naru have")
NARU_COUNTER(ORPHANS_KILLED, "closed connections reset early: see max_orphans")
NARU_COUNTER(PAWS_ESTAB, "segments of connections with an old timestamp (RFC 7323 5.3)")
NARU_COUNTER(TS_ECHO_BAD, "SYN,ACKs that echo a timestamp never sent: old, or forged")
NARU_COUNTER(RST_LIMITED, "resets held back: see rst_ratelimit; a scan?")
NARU_COUNTER(EVENTS_LOST, "events that found no memory or a slow listener (naru monitor)")
NARU_COUNTER(NAPT_ID_REPEATS,
	     "times IP IDs of a source and destination came round within 120 s (RFC 6864 5.2)")
NARU_COUNTER(DGRAM_IN, "datagrams that came for a socket; merged ones count once")
NARU_COUNTER(DGRAM_OUT, "datagrams sent; those that a device or IP cuts count once")
#undef NARU_COUNTER
#endif
