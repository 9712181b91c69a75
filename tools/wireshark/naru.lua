-- SPDX-License-Identifier: GPL-2.0
-- Wireshark and tshark: IP protocols 253 and 254 as naru speaks them. A segment of 253 is TCP's to the bit, a datagram of
-- 254 UDP's, so everything that Wireshark does with those works: streams, sequence numbers, checksums, what programs say.
--
--	tshark -X lua_script:naru.lua -r FILE		for once; or put it into the folder of plugins that
--							Help, About Wireshark, Folders names
--
-- The filter naru finds what travels so, and ICMP errors that quote it; naru.wire is the number. What is under it is in
-- tcp.* and udp.*. Both numbers are for experiments (RFC 3692): where others use them, Analyze, Enabled Protocols switches
-- naru off, and they are TCP and UDP no longer. A connection by 253 and one by TCP between the same ports at the same time
-- are one to Wireshark.

local KINDS = { [253] = "stream segment", [254] = "datagram" }

local naru = Proto("naru", "naru")
naru.fields.wire = ProtoField.uint8("naru.wire", "IP protocol", base.DEC, KINDS)
naru.fields.quoted = ProtoField.bool("naru.quoted", "Quoted by an ICMP error")

local number = { Field.new("ip.proto"), Field.new("ipv6.nxt") }
local icmp = { Field.new("icmp.type"), Field.new("icmpv6.type") }

local function is_there(fields)
	return fields[1]() ~= nil or fields[2]() ~= nil
end

-- What stands behind the headers of IP is dissected by now; it is named, and found by a filter
local function name(wire, field, pinfo, tree)
	local quoted = is_there(icmp)
	local item = tree:add(naru, field.range, "naru " .. KINDS[wire])
	item:add(naru.fields.wire, field.range, wire)
	if quoted then
		item:add(naru.fields.quoted, field.range, true):set_generated()
	else
		pinfo.cols.protocol = "naru/" .. tostring(pinfo.cols.protocol)
	end
end

function naru.dissector(_, pinfo, tree)
	for _, get in ipairs(number) do
		for _, field in ipairs({ get() }) do
			if KINDS[field.value] then
				name(field.value, field, pinfo, tree)
				return
			end
		end
	end
end

local protocols = DissectorTable.get("ip.proto")
protocols:add(253, Dissector.get("tcp"))
protocols:add(254, Dissector.get("udp"))
register_postdissector(naru)
