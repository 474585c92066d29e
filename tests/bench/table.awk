# Lines of `repetition row connections rate p50 p99 cpu` to a table: medians over the repetitions. A ratio is taken within
# one of them, to the floor that belongs to the row.
function median(key,   i, j, swap) {
	for (i = 2; i <= n[key]; i++)
		for (j = i; j > 1 && v[key, j] < v[key, j - 1]; j--) {
			swap = v[key, j]; v[key, j] = v[key, j - 1]; v[key, j - 1] = swap
		}
	i = int((n[key] + 1) / 2)
	return n[key] % 2 ? v[key, i] : (v[key, i] + v[key, i + 1]) / 2
}
function add(key, value) { v[key, ++n[key]] = value }

BEGIN {
	name["echo"] = "echo, bare broker"
	name["memory"] = "post, in memory"
	name["state"] = "post, state file"
	name["script"] = "post by script"
	name["rules-topics"] = "1000 rules, other topics"
	name["rules-devices"] = "1000 rules, other devices"
	name["rules-match"] = "1000 rules, 10 of them fire"
	name["gateway"] = "gateways, 200 sub-devices"
	name["echo-tls"] = "echo over TLS, bare broker"
	name["tls"] = "post over TLS, in memory"
	name["c"] = "mock in C beside a broker"
	name["node"] = "mock in Node beside a broker"
	printf words, "configuration", "conn.", "msg/s", "of echo", "p50 us", "p99 us", "CPU us", "of echo"
}
{
	row = $2 SUBSEP $3
	if (!(row in seen)) { seen[row] = 1; rows[++row_count] = row }
	if ($2 ~ /^echo/) { floor[$1, $2, $3] = $4; floor_cpu[$1, $2, $3] = $7 }
	of = $1 SUBSEP ($2 ~ /tls/ ? "echo-tls" : "echo") SUBSEP $3
	add(row SUBSEP "rate", $4)
	add(row SUBSEP "p50", $5); add(row SUBSEP "p99", $6); add(row SUBSEP "cpu", $7)
	if (of in floor) {
		add(row SUBSEP "ratio", $4 / floor[of])
		add(row SUBSEP "cpu ratio", $7 > 0 ? floor_cpu[of] / $7 : 0)
	}
}
END {
	for (i = 1; i <= row_count; i++) {
		split(rows[i], part, SUBSEP); row = rows[i] SUBSEP
		printf numbers, name[part[1]], part[2], median(row "rate"), median(row "ratio"),
		       median(row "p50"), median(row "p99"), median(row "cpu"), median(row "cpu ratio")
	}
}
