/* Bytes that are no text inside JSON. */
#ifndef ROS_CONTRACTS_BASE64_H
#define ROS_CONTRACTS_BASE64_H

#include "formats/arena.h"

/* RFC 4648, padded. {NULL, 0} and *ERR on failure. */
struct ros_str ros_base64(struct ros_bytes data, struct ros_arena *arena, struct ros_error *err);
/* ROS_EFORMAT where TEXT is not that. */
int ros_unbase64(struct ros_str text, struct ros_arena *arena, struct ros_bytes *data, struct ros_error *err);

#endif
