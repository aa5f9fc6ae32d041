/* The writable layer of a container, which is in memory and has a size: container --storage. */
#pragma once

struct room;
struct text;

/* What it had left, which was nothing, appended to why; and to fix what to type. */
void storage_tell(const struct room *room, struct text *why, struct text *fix);
