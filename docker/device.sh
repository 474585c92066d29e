#!/bin/sh
# A device under test, as small as can be: logs in, posts a property, and exits 0 when the cloud answers 200.
# ALINK_HTTP_URL names the emulator, MQTT_HOST its broker.
set -eu

product_key=a1Container1
device_name=${1:-sensor-1}

credential() {
	alink-emulator credentials "$product_key" "$device_name" --json | sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'
}

post=/sys/$product_key/$device_name/thing/event/property/post
# mosquitto_rr subscribes, publishes and waits over one connection: a device has only one.
reply=$(mosquitto_rr -V 311 -W 10 -h "$MQTT_HOST" -p "${MQTT_PORT:-1883}" \
	-i "$(credential clientId)" -u "$(credential username)" -P "$(credential password)" \
	-t "$post" -e "${post}_reply" \
	-m '{"id":"1","version":"1.0","method":"thing.event.property.post","params":{"temperature":21.5}}')
printf '%s\n' "$reply"
case $reply in
*'"code":200'*) ;;
*) exit 1 ;;
esac
