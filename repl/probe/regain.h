/* The probe started again by itself, to see what execve(2) gave it. */
#pragma once

/* "--as-root": 10 when the effective user is 0, else 11. "--has-chown": 10 when CAP_CHOWN is in
 * effect, else 11. 2 for anything else. */
int regain_main(const char *what);

enum { REGAIN_YES = 10, REGAIN_NO = 11 };
