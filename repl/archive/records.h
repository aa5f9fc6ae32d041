/* The lists that a layer's unpacking leaves behind. */
#pragma once

/* What a layer's unpacking leaves for later is a list of records: one of these, a path, a NUL. */
enum settle_record {
	SETTLE_WHITEOUT = 'w', /* stays where it hides something */
	SETTLE_FOLDER = 'F',   /* no entry names it: it gets what is said about it below */
	SETTLE_WAY = 'f',      /* the same, and it was made for a deletion: where that hides nothing it goes */
};
