#include "packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void packet_begin(struct packet *packet, unsigned type, size_t len)
{
	packet->len = 0;
	packet_add_byte(packet, type);
	for (; len > 0x7F; len >>= 7)
		packet_add_byte(packet, (unsigned)(len & 0x7F) | 0x80);
	packet_add_byte(packet, (unsigned)len);
}

void packet_add(struct packet *packet, const void *bytes, size_t len)
{
	if (len > sizeof(packet->at) - packet->len) {
		fprintf(stderr, "a packet of more than %d bytes\n", PACKET_MAX);
		exit(2);
	}
	memcpy(packet->at + packet->len, bytes, len);
	packet->len += len;
}

void packet_add_byte(struct packet *packet, unsigned byte)
{
	packet_add(packet, &(unsigned char){ (unsigned char)byte }, 1);
}

void packet_add_number(struct packet *packet, size_t number)
{
	packet_add_byte(packet, (unsigned)(number >> 8));
	packet_add_byte(packet, (unsigned)(number & 0xFF));
}

void packet_add_string(struct packet *packet, const char *string)
{
	packet_add_number(packet, strlen(string));
	packet_add(packet, string, strlen(string));
}

ssize_t packet_find(const unsigned char *in, size_t in_len, size_t max, size_t *body)
{
	size_t len = 0, i;

	for (i = 1; i < in_len && i <= 4; i++) {
		len |= (size_t)(in[i] & 0x7F) << (7 * (i - 1));
		if (in[i] & 0x80)
			continue;
		*body = i + 1;
		if (*body + len > max)
			return -1;
		return *body + len <= in_len ? (ssize_t)(*body + len) : 0;
	}
	return i > 4 ? -1 : 0;
}
