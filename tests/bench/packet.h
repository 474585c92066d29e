/*
 * MQTT 3.1.1 packets, as far as a load generator needs them.
 * doc: MQTT Version 3.1.1, sections 2.2 and 3.
 */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <stddef.h>
#include <sys/types.h>

#define PACKET_MAX 1024

/* With the flags that each type must carry; PUBLISH here means QoS 0. */
enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, PUBACK = 0x40, SUBSCRIBE = 0x82, SUBACK = 0x90 };

struct packet {
	unsigned char at[PACKET_MAX];
	size_t        len;
};

/* Starts over with the fixed header of a packet whose rest will be `len` bytes. */
void packet_begin(struct packet *packet, unsigned type, size_t len);

/* A packet that outgrows PACKET_MAX ends the program: sizes here are set by the programmer and the device list. */
void packet_add(struct packet *packet, const void *bytes, size_t len);
void packet_add_byte(struct packet *packet, unsigned byte);
void packet_add_number(struct packet *packet, size_t number);      /* 16 bits */
void packet_add_string(struct packet *packet, const char *string);

/*
 * The first packet of `in`: returns its length and sets where its body begins. 0 when it is not
 * complete yet, -1 when it could not be within `max` bytes.
 */
ssize_t packet_find(const unsigned char *in, size_t in_len, size_t max, size_t *body);

#endif
