# Sourced by the scripts here: generated cloud files, scenarios and device lists. All devices have one secret.
secret=0123456789abcdef0123456789abcdef

# devices_write PRODUCT COUNT FORMAT [STEP [FIRST]]: a list for the generator, every STEPth name.
devices_write() {
	awk -v product="$1" -v count="$2" -v format="$3" -v step="${4:-1}" -v first="${5:-1}" -v secret=$secret 'BEGIN {
		for (i = 0; i < count; i++)
			printf "%s " format " %s\n", product, first + i * step, secret
	}'
}

# cloud_with_devices COUNT: a product with registry-0000001 and on, to stand beside cloud.json. A range holds 100 000.
cloud_with_devices() {
	cat <<-JSON
	{ "cloud": 1,
	  "products": [ { "productKey": "a1EmuBench5", "nodeType": "device", "dataFormat": "alink", "validation": "strong",
	    "tsl": $(model) } ],
	  "devices": [
	JSON
	awk -v count="$1" -v secret=$secret 'BEGIN {
		for (first = 1; first <= count; first = last + 1) {
			last = first + 99999 < count ? first + 99999 : count
			printf "%s{ \"productKey\": \"a1EmuBench5\", \"deviceName\": \"registry-{%07d..%07d}\", \"deviceSecret\": \"%s\" }\n",
			       (first > 1 ? "," : ""), first, last, secret
		}
		print "] }"
	}'
}

# cloud_with_gateways GATEWAYS SUBS: gw-0001 and on, each with SUBS sub-devices node-0001-0001 and on.
cloud_with_gateways() {
	cat <<-JSON
	{ "cloud": 1,
	  "products": [
	    { "productKey": "a1EmuBench3", "nodeType": "gateway", "dataFormat": "alink", "tsl": { "properties": [] } },
	    { "productKey": "a1EmuBench4", "nodeType": "sub-device", "dataFormat": "alink", "validation": "strong",
	      "tsl": $(model) } ],
	  "devices": [ { "productKey": "a1EmuBench3", "deviceName": "gw-{0001..$(printf %04d "$1")}", "deviceSecret": "$secret" }
	JSON
	awk -v gateways="$1" -v subs="$2" -v secret=$secret 'BEGIN {
		for (i = 1; i <= gateways; i++)
			printf ", { \"productKey\": \"a1EmuBench4\", \"deviceName\": \"node-%04d-{0001..%04d}\", " \
			       "\"gateway\": \"a1EmuBench3/gw-%04d\", \"deviceSecret\": \"%s\" }\n", i, subs, i, secret
		print "] }"
	}'
}

# The thermostat's thing model, as cloud.json has it.
model() {
	awk '/"tsl":/ && !seen { sub(/.*"tsl": /, ""); seen = on = 1 } on { print } /\] } },/ { if (on) exit }' "$here/cloud.json" |
		sed '$s/ },$//'
}

# scenario KIND COUNT: rules for `topics` that nobody uses, for other `devices`, for both (`mixed`), or for both but ten
# that fire at every post (`match`).
scenario() {
	cat <<-JSON
	{ "scenario": 1, "name": "bench-$1",
	  "fixtures": { "devices": [ { "productKey": "a1EmuBench1", "deviceName": "other-{0001..1000}" } ] },
	  "rules": [
	JSON
	awk -v kind="$1" -v count="$2" 'BEGIN {
		for (i = 1; i <= count; i++) {
			match_ = sprintf("\"topic\": \"/a1EmuBench1/$dn/user/unused-%d\"", i)
			if (kind == "devices" || ((kind == "match" || kind == "mixed") && i % 2))
				match_ = sprintf("\"method\": \"property.post\", \"device\": \"a1EmuBench1/other-%04d\"", i)
			if (kind == "match" && i % (count / 10) == 0)
				match_ = "\"method\": \"property.post\", \"product\": \"a1EmuBench1\""
			printf "%s{ \"id\": \"r%d\", \"on\": \"publish.up\", \"optional\": true, \"match\": { %s }, \"set\": { \"inc\": { \"n%d\": 1 } } }\n",
			       (i > 1 ? "," : ""), i, match_, i
		}
		print "] }"
	}'
}
