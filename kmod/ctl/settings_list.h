/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of settings. Who includes this defines, before,
 *
 *	NARU_SETTING(name, type, min, max, help, default...)
 *
 * Types are BOOL, INT and TRIPLE (three defaults). Names, units and defaults are those of
 * net.ipv4.tcp_* without the prefix, where the kernel has them.
 */
NARU_SETTING(sack, BOOL, 0, 1, "offer and use selective acknowledgment (RFC 2018)", 1)
NARU_SETTING(dsack, BOOL, 0, 1, "tell the peer of data that came twice (RFC 2883)", 1)
NARU_SETTING(early_retrans, BOOL, 0, 1, "probe for losses at the end of a flight (RFC 8985 7)", 1)
NARU_SETTING(frto, BOOL, 0, 1, "find out whether a timeout was for nothing (RFC 5682)", 1)
NARU_SETTING(timestamps, BOOL, 0, 1, "offer and use timestamps (RFC 7323)", 1)
NARU_SETTING(window_scaling, BOOL, 0, 1, "offer and use window scaling (RFC 7323)", 1)
NARU_SETTING(ecn, INT, 0, 2,
	     "explicit congestion notification (RFC 3168): 0 no, 1 ask for it and accept it, 2 accept it", 2)
NARU_SETTING(ecn_fallback, BOOL, 0, 1, "a SYN that goes again asks for no ECN (RFC 3168 6.1.1.1)", 1)
NARU_SETTING(fastopen, INT, 0, 1543,
	     "Fast Open (RFC 7413), sum of: 1 connect, 2 listen, 4, 512 the same without cookies, 1024 all listeners", 1)
NARU_SETTING(fastopen_blackhole_timeout_sec, INT, 0, NARU_SECONDS_MAX,
	     "seconds without Fast Open behind a path that drops it, doubled each time; 0: no such pause", 0)
NARU_SETTING(syn_retries, INT, 1, 127, "times a SYN is sent again before giving up (RFC 9293: for 3 minutes)", 7)
NARU_SETTING(synack_retries, INT, 0, 255, "times a SYN,ACK is sent again before giving up", 5)
NARU_SETTING(retries1, INT, 0, 255, "retransmissions before the route is doubted (RFC 1122 R1)", 3)
NARU_SETTING(retries2, INT, 0, 255, "retransmissions before giving up (RFC 1122 R2)", 15)
NARU_SETTING(retrans_collapse, BOOL, 0, 1, "small segments that are lost go again as one", 1)
NARU_SETTING(orphan_retries, INT, 0, 255, "the same for closed sockets; 0 means 8", 0)
NARU_SETTING(thin_linear_timeouts, BOOL, 0, 1, "timeouts of thin streams do not grow at first", 0)
NARU_SETTING(notsent_lowat, INT, 1, INT_MAX, "unsent bytes below which a socket is writable", INT_MAX)
NARU_SETTING(keepalive_time, INT, 1, NARU_SECONDS_MAX,
	  "idle seconds before the first keepalive probe", 7200)
NARU_SETTING(keepalive_intvl, INT, 1, NARU_SECONDS_MAX,
	  "seconds between keepalive probes", 75)
NARU_SETTING(keepalive_probes, INT, 0, 255, "unanswered keepalive probes before giving up", 9)
NARU_SETTING(fin_timeout, INT, 1, NARU_SECONDS_MAX,
	  "seconds that a closed socket stays in FIN-WAIT-2", 60)
NARU_SETTING(rmem, TRIPLE, 1, INT_MAX,
	  "receive buffer in bytes: least, initial, most", 4096, 131072, 6291456)
NARU_SETTING(wmem, TRIPLE, 1, INT_MAX,
	  "send buffer in bytes: least, initial, most", 4096, 16384, 4194304)
NARU_SETTING(mem, TRIPLE, 1, INT_MAX,
	     "pages of all sockets' buffers: no pressure, pressure, limit; one for the machine", 0)
NARU_SETTING(tw_reuse, INT, 0, 2,
	  "connect() reuses TIME-WAIT by timestamps: 0 no, 1 yes, 2 loopback only", 2)
NARU_SETTING(max_syn_backlog, INT, 1, INT_MAX, "half-open connections of one listener", 512)
NARU_SETTING(syncookies, INT, 0, 2,
	     "SYN cookies (RFC 4987): 0 no, 1 when a listener has too many half-open connections, 2 always", 1)
NARU_SETTING(max_tw_buckets, INT, 0, INT_MAX, "TIME-WAIT entries", 65536)
NARU_SETTING(max_orphans, INT, 0, INT_MAX, "closed sockets that still send or wait", 65536)
NARU_SETTING(challenge_ack_limit, INT, 0, INT_MAX, "challenge ACKs per second, on average (RFC 5961)",
	  INT_MAX)
NARU_SETTING(invalid_ratelimit, INT, 0, INT_MAX,
	  "milliseconds between ACKs that answer invalid segments of a connection", 500)
NARU_SETTING(rfc1337, BOOL, 0, 1, "TIME-WAIT ignores resets (RFC 1337)", 0)
NARU_SETTING(abort_on_overflow, BOOL, 0, 1, "reset clients when the accept queue is full", 0)
NARU_SETTING(congestion_control, NAME, 0, 0, "congestion control of new sockets", 0)
NARU_SETTING(min_snd_mss, INT, 48, 65535, "smallest segment to send, in bytes", 48)
NARU_SETTING(mtu_probing, INT, 0, 2,
	     "search for the path MTU by probes (RFC 4821): 0 no, 1 when large packets vanish, 2 always", 0)
NARU_SETTING(base_mss, INT, 48, 65535, "segment size that the search begins with, in bytes", 1024)
NARU_SETTING(mtu_probe_floor, INT, 48, 65535, "smallest segment size that the search falls back to, in bytes", 48)
NARU_SETTING(probe_interval, INT, 0, NARU_SECONDS_MAX, "seconds until a search that is over begins anew", 600)
NARU_SETTING(probe_threshold, INT, 0, 65535, "a search is over when less is left of it, in bytes", 8)
NARU_SETTING(no_metrics_save, BOOL, 0, 1, "what a connection has learned of its path is not kept for the next", 0)
NARU_SETTING(no_ssthresh_metrics_save, BOOL, 0, 1, "nor its slow start threshold", 1)
NARU_SETTING(slow_start_after_idle, BOOL, 0, 1,
	  "restart from the initial window after an idle RTO (RFC 5681 4.1)", 1)
NARU_SETTING(pacing_ss_ratio, INT, 1, 1000, "percent of the window for each round trip in slow start, where segments are paced",
	  200)
NARU_SETTING(pacing_ca_ratio, INT, 1, 1000, "the same in congestion avoidance", 120)
NARU_SETTING(rto_min_us, INT, 1, 120000000, "smallest retransmission timeout, in microseconds",
	  200000)
NARU_SETTING(rto_max_ms, INT, 1000, 120000, "largest retransmission timeout, in milliseconds",
	  120000)
NARU_SETTING(delack_max_ms, INT, 1, 499, "longest delay of an ACK, in milliseconds", 200)
NARU_SETTING(rst_ratelimit, INT, 0, INT_MAX, "resets per second to segments for nobody, on average",
	  1000)
NARU_SETTING(recorder, BOOL, 0, 1, "record what new connections go through, for naru history", 1)
NARU_SETTING(recorder_kept, INT, 0, 1048576, "recordings of connections that are gone, of 4 KB each", 256)
NARU_SETTING(recorder_time, INT, 1, 86400, "seconds for which they are kept", 60)
NARU_SETTING(napt_max_mappings, INT, 1, INT_MAX, "mappings of the NAPT", 1048576)
NARU_SETTING(napt_max_sessions, INT, 1, INT_MAX, "sessions of the NAPT", 4194304)
NARU_SETTING(napt_timer_divisor, INT, 1, 240,
	     "the NAPT's timers run so many times faster; for tests, else it breaks the RFCs", 1)
NARU_SETTING(unprivileged, BOOL, 0, 1, "whether ordinary users may open sockets", 1)
#undef NARU_SETTING
