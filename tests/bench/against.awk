# From the same lines: `post, in memory` against what people use instead, and against itself with scripts. Each ratio is
# taken within one repetition; of these the median.
function median(key,   i, j, swap) {
	for (i = 2; i <= n[key]; i++)
		for (j = i; j > 1 && v[key, j] < v[key, j - 1]; j--) {
			swap = v[key, j]; v[key, j] = v[key, j - 1]; v[key, j - 1] = swap
		}
	return (v[key, int((n[key] + 1) / 2)] + v[key, int(n[key] / 2) + 1]) / 2
}
{
	if (!($3 in seen)) { seen[$3] = 1; counts[++count] = $3 }
	rate[$1, $2, $3] = $4; p50[$1, $2, $3] = $5; p99[$1, $2, $3] = $6
	if ($1 > reps) reps = $1
}
END {
	split("c node script", others, " ")
	for (i = 1; i <= count; i++)
		for (k = 1; k <= 3; k++) {
			for (r = 1; r <= reps; r++) {
				ours = r SUBSEP "memory" SUBSEP counts[i]; other = r SUBSEP others[k] SUBSEP counts[i]
				if (!(ours in rate) || !(other in rate)) continue
				key = others[k] SUBSEP counts[i]
				v[key SUBSEP "rate", ++n[key SUBSEP "rate"]] = rate[ours] / rate[other]
				v[key SUBSEP "p50", ++n[key SUBSEP "p50"]] = p50[other] / p50[ours]
				v[key SUBSEP "p99", ++n[key SUBSEP "p99"]] = p99[other] / p99[ours]
			}
			key = others[k] SUBSEP counts[i] SUBSEP
			if (!((key "rate") in n)) continue
			if (others[k] == "script")
				printf "%swith %d connections scripted posts come at %.2f of the rate of plain ones\n", bullet, counts[i], 1 / median(key "rate")
			else
				printf "%swith %d connections ours answers at %.1f times the rate of the mock in %s, p50 is %.1f times and p99 %.1f times lower\n",
				       bullet, counts[i], median(key "rate"), others[k] == "c" ? "C" : "Node", median(key "p50"), median(key "p99")
		}
}
