/*
 * Services of the thing model: what goes in, and what comes out. Inside the core only.
 *
 * doc: "Invoke services"; things-and-data reference, section 3.3.
 */
#ifndef ALINK_SERVICE_H
#define ALINK_SERVICE_H

#include "code.h"
#include "state.h"

/* CODE_SUCCESS with the model's row, else 5490 or 5094 with a reason added. */
enum code service_find(const struct product *product, const char *name, size_t len, int *service, struct text *why);

/*
 * Judges the input of a call before anything is sent: a required parameter is missing (6302), a parameter is
 * unknown (6304), a value is not of its kind (63xx). Validation `none` passes everything.
 */
enum code service_check_input(struct cloud *cloud, const struct product *product, const struct tsl_service *service,
                              struct json params, struct text *why);

/*
 * Divides the output of a call: what fits the model into `data`, what does not into `failed`, each an object and
 * left empty when there is nothing in it. doc: the device never learns of it, the application does.
 */
void service_check_output(struct cloud *cloud, const struct device *device, const char *service, struct json output,
                          struct text *data, struct text *failed, struct text *why);

#endif
