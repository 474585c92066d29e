#include "script.h"

const char *script_function_name(enum script_function function)
{
	static const char *const names[] = {
		[SCRIPT_UPLINK] = "rawDataToProtocol", [SCRIPT_DOWNLINK] = "protocolToRawData",
		[SCRIPT_CUSTOM] = "transformPayload", [SCRIPT_CHECK] = "check",
	};

	return names[function];
}
