/* Checksums of file blocks. doc: "Upload files over MQTT"; sdk: v4 aiot_mqtt_download. */
#ifndef ALINK_CRC_H
#define ALINK_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16/ARC: polynomial 0x8005 reflected, init 0. "123456789" gives 0xBB3D. */
uint16_t crc16(uint16_t crc, const void *bytes, size_t len);
/* CRC-64/XZ: ECMA-182 reflected, init and final xor all ones. Start with 0; "123456789" gives 995dc9bbdf1939fa. */
uint64_t crc64(uint64_t crc, const void *bytes, size_t len);

#endif
