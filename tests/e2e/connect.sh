#!/bin/sh
# The ways in that need a real broker: registration over TLS but not over TCP, TLS-PSK, X.509, registration over
# HTTPS, a session that waits for its device, no wills, no retained messages; and a plain broker for conformance suites.
#
# By hand, after ./bootstrap.sh build: tests/e2e/connect.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}
BROKER=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}

for program in "$BROKER" mosquitto_rr mosquitto_sub mosquitto_pub openssl curl mkfifo timeout; do
	command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done

folder=$(mktemp -d)
tool=
finish() {
	[ -z "$tool" ] || kill "$tool" 2>/dev/null
	[ -z "$tool" ] || wait "$tool" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

. "$here/../expect.sh"

# A plugin built with sanitizers needs their library before the broker's own.
cat >"$folder/mosquitto" <<SCRIPT
#!/bin/sh
LD_PRELOAD=${BROKER_PRELOAD:-} exec $BROKER "\$@"
SCRIPT
chmod +x "$folder/mosquitto"
mkdir "$folder/runs" "$folder/state"
unset XDG_RUNTIME_DIR
export TMPDIR="$folder/runs" XDG_STATE_HOME="$folder/state"
mkfifo "$folder/out"

# start ARGS...: sets $tool and $ready, the line of JSON
start() {
	"$EMULATOR" run --json --mosquitto "$folder/mosquitto" --cert-dir "$folder/state" --mqtt-port 0 --mqtts-port 0 \
		--ws-port off --x509-port 0 --psk-port 0 --http-port 0 --https-port 0 "$@" >"$folder/out" 2>"$folder/said" &
	tool=$!
	read -r ready <"$folder/out" || { echo 'FAILED: it did not start'; cat "$folder/said"; exit 1; }
	export ALINK_HTTP_URL=$(member http)
}
stop() {
	kill "$tool"
	wait "$tool"
	tool=
}
# member NAME: a string of the ready line; port NAME: of that listener
member() {
	printf '%s\n' "$ready" | sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'
}
port() {
	member "$1" | sed 's/.*://'
}
# why CODE: the newest record with that code
why() {
	"$EMULATOR" log --json | tr '{' '\n' | grep "\"code\":$1[,}]" | tail -1
}

# The device's certificate: the emulator's own CA signs it, its fingerprint is the device.
start
stop
openssl req -newkey rsa:2048 -nodes -keyout "$folder/device.key" -out "$folder/device.csr" -subj /CN=device 2>/dev/null
openssl x509 -req -in "$folder/device.csr" -CA "$folder/state/ca.pem" -CAkey "$folder/state/ca-key.pem" -CAcreateserial \
	-out "$folder/device.crt" -days 2 2>/dev/null
fingerprint=$(openssl x509 -in "$folder/device.crt" -noout -fingerprint -sha256 | cut -d= -f2)

cat >"$folder/cloud.json" <<JSON
{ "cloud": 1,
  "products": [ { "productKey": "a1EmuGate01", "productSecret": "PsEmu0123456789", "dynamicRegistration": true } ],
  "devices": [
    { "productKey": "a1EmuGate01", "deviceName": "gw-0001", "deviceSecret": "0123456789abcdef0123456789abcdef" },
    { "productKey": "a1EmuGate01", "deviceName": "gw-0002", "deviceSecret": "0123456789abcdef0123456789abcdef" },
    { "productKey": "a1EmuGate01", "deviceName": "cert-01", "x509Sha256": "$fingerprint" } ] }
JSON
start -c "$folder/cloud.json"
ca="$folder/state/ca.pem"
user='gw-0001&a1EmuGate01'
identity='{"productKey":"a1EmuGate01","deviceName":"gw-0001","deviceSecret":"0123456789abcdef0123456789abcdef"}'

# unasked COMMAND...: what it says, tried again while it says nothing. mosquitto_sub leaves when its subscription is
# refused, which with Mosquitto 2.1 may be sooner than what is sent to it without one.
unasked() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		said=$(timeout 20 "$@" 2>"$folder/unasked")
		[ -z "$said" ] || break
	done
	printf '%s\n' "$said"
	[ -n "$said" ] || echo "try $try: $(cat "$folder/unasked")" >&2
}

# --- registration ---

registration='gw-0001.fw|securemode=2,authType=register,random=4711,signmethod=hmacsha256|'
sign=19f0ed68349532d75a7260e8d26cf73c21513d464ca332907a3d64f74cc92517
seen=$(unasked mosquitto_sub -p "$(port mqtts)" -h localhost --cafile "$ca" -i "$registration" \
	-u "$user" -P "$sign" -t x -v -C 1)
expect 'a registration over TLS is answered without a SUBSCRIBE' "/ext/register $identity" "$seen"
timeout 20 mosquitto_sub -p "$(port mqtt)" -i "$registration" -u "$user" -P "$sign" -t x -C 1 2>/dev/null
expect_part 'over TCP it is refused, and the exact code is in the log' \
	'a registration needs TLS (CONNACK 2; this broker can only send 5)' "$(why 460)"
form="productKey=a1EmuGate01&deviceName=gw-0001&random=4711&signMethod=hmacsha256&sign=$sign"
seen=$(curl -s --max-time 20 --cacert "$ca" -d "$form" "$(member https)/auth/register/device")
expect 'registration over HTTPS' "{\"code\":200,\"data\":$identity,\"message\":\"success\"}" "$seen"
seen=$(curl -s --max-time 20 -d "$form" "$(member http)/auth/bootstrap")
expect_part 'where to connect' "\"host\":\"127.0.0.1\",\"port\":$(port mqtt)" "$seen"

# --- TLS-PSK: the bytes of the key are the text that the credentials show ---

credentials=$("$EMULATOR" credentials a1EmuGate01 gw-0001 --mode psk --json)
credential() {
	printf '%s\n' "$credentials" | tr -d '\n' | sed 's/.*"'"$1"'": *"\([^"]*\)".*/\1/'
}
key=$(credential psk | od -An -tx1 | tr -d ' \n' | sed 's/0a$//')
seen=$(timeout 20 mosquitto_rr -V 311 -p "$(port psk)" --psk "$key" --psk-identity "$(credential pskIdentity)" \
	--tls-version tlsv1.2 --ciphers PSK-AES128-CBC-SHA -i "$(credential clientId)" -u "$(credential username)" \
	-P "$(credential password)" -t /ext/ntp/a1EmuGate01/gw-0001/request -m '{"deviceSendTime":"1"}' \
	-e /ext/ntp/a1EmuGate01/gw-0001/response)
expect_part 'TLS-PSK with the only cipher of Link SDK 4.x' '"deviceSendTime":"1"' "$seen"
timeout 20 mosquitto_sub -p "$(port psk)" --psk 00 --psk-identity 'devicename|hmacsha256|a1EmuGate01&nobody|1' \
	-i 'x|securemode=2|' -t x 2>/dev/null
expect_part 'an identity that nobody has' 'there is no device a1EmuGate01&nobody' "$(why 6100)"

# --- X.509 ---

seen=$(unasked mosquitto_sub -p "$(port x509)" -h localhost --cafile "$ca" --cert "$folder/device.crt" \
	--key "$folder/device.key" -i 'any|securemode=2|' -t x -v -C 1)
expect 'a certificate learns which device it is' \
	'/ext/auth/identity/response {"productKey":"a1EmuGate01","deviceName":"cert-01"}' "$seen"
timeout 20 mosquitto_sub -p "$(port x509)" -h localhost --cafile "$ca" -i 'any|securemode=2|' -t x 2>/dev/null
expect 'without one there is no connection' 1 "$([ $? -ne 0 ] && echo 1)"

# --- sessions: kept by the device, not by the client id ---

password=318a56e9956c22a4a584a6d2d0395f1f
topic=/a1EmuGate01/gw-0001/user/get
timeout 20 mosquitto_sub -p "$(port mqtt)" -c -q 1 -i 'gw-0001.fw|securemode=3,_conn=1|' -u "$user" -P "$password" -t "$topic" -E
seen=$(curl -s --max-time 20 -H 'Content-Type: application/json' -d "{\"topic\":\"$topic\",\"payload\":\"kept\"}" \
	"$(member http)/emulator/v1/messages/a1EmuGate01/gw-0001")
expect 'a message waits for an absent device' '{"kept":true}' "$seen"
seen=$(timeout 20 mosquitto_sub -p "$(port mqtt)" -c -q 1 -i 'gw-0001.fw|securemode=3,_conn=2|' -u "$user" -P "$password" \
	-t "$topic" -C 1)
expect 'and reaches it under another client id' kept "$seen"

# --- wills and retained messages: the platform has none ---

timeout 20 mosquitto_pub -p "$(port mqtt)" -q 1 -i 'gw-0001.fw|securemode=3|' -u "$user" -P "$password" -r \
	-t /a1EmuGate01/gw-0001/user/update -m retained
expect 'a retained message is taken' 0 $?
stop

# --- option platformRules off: a broker for conformance suites ---

printf '%s\n' '{ "cloud": 1, "options": { "platformRules": false }, "products": [], "devices": [] }' >"$folder/plain.json"
start -c "$folder/plain.json"
timeout 20 mosquitto_pub -p "$(port mqtt)" -q 2 -r -t TopicA/B -m hello -i anyone -k 5
seen=$(timeout 20 mosquitto_sub -p "$(port mqtt)" -q 2 -t 'TopicA/#' -i somebody -C 1 -F '%r %q %p')
expect 'anyone may connect, retain, use QoS 2' '1 2 hello' "$seen"
# A will of a client that is killed. It and its heir are there once they have heard the retained message.
mkfifo "$folder/mortal" "$folder/heir"
timeout 20 mosquitto_sub -p "$(port mqtt)" -t 'TopicA/#' -i heir -t 'Wills/#' -C 2 >"$folder/heir" &
exec 3<"$folder/heir"
read -r seen <&3
mosquitto_sub -p "$(port mqtt)" -t 'TopicA/#' -i mortal --will-topic Wills/a --will-payload gone >"$folder/mortal" &
mortal=$!
read -r seen <"$folder/mortal"
kill -9 "$mortal"
read -r seen <&3
expect 'a will is sent' gone "$seen"
exec 3<&-
stop

[ $failures = 0 ]
