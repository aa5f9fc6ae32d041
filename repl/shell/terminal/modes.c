#include "shell/terminal/modes.h"

#include "base/text.h"

/* Private modes, ESC [ ? NUMBER h (or l), and what a terminal starts with. xterm's control
 * sequences, "DEC Private Mode Set". */
static const struct { unsigned number; bool on; } known[MODES] = {
	{ 1, false },	 { 25, true },	  { 47, false },   { 1000, false }, { 1002, false },
	{ 1003, false }, { 1004, false }, { 1005, false }, { 1006, false }, { 1015, false },
	{ 1047, false }, { 1049, false }, { 2004, false },
};

enum { PLAIN, ESCAPE, BRACKET, PRIVATE };

static void set_mode(struct modes *modes, unsigned number, bool on)
{
	for (size_t i = 0; i < MODES; i++)
		if (known[i].number == number)
			modes->other[i] = on != known[i].on;
}

static void end_private(struct modes *modes, char c)
{
	if (modes->count < 8)
		modes->numbers[modes->count++] = modes->number;
	for (size_t i = 0; (c == 'h' || c == 'l') && i < modes->count; i++)
		set_mode(modes, modes->numbers[i], c == 'h');
	modes->state = PLAIN;
}

static void read_private(struct modes *modes, char c)
{
	if (c >= '0' && c <= '9') {
		modes->number = modes->number > 9999 ? 9999 : modes->number * 10 + (unsigned)(c - '0');
	} else if (c == ';') {
		if (modes->count < 8)
			modes->numbers[modes->count++] = modes->number;
		modes->number = 0;
	} else {
		end_private(modes, c);
	}
}

void modes_read(struct modes *modes, const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (s[i] == '\033') {
			modes->escaped = true;
			modes->state = ESCAPE;
		} else if (modes->state == ESCAPE) {
			modes->state = s[i] == '[' ? BRACKET : PLAIN;
			for (size_t m = 0; s[i] == 'c' && m < MODES; m++)
				modes->other[m] = false; /* a full reset */
		} else if (modes->state == BRACKET) {
			modes->state = s[i] == '?' ? PRIVATE : PLAIN;
			modes->number = 0;
			modes->count = 0;
		} else if (modes->state == PRIVATE) {
			read_private(modes, s[i]);
		}
	}
}

void modes_again(const struct modes *modes, struct text *ret)
{
	for (size_t i = 0; i < MODES; i++)
		if (modes->other[i])
			text_addf(ret, "\033[?%u%c", known[i].number, known[i].on ? 'l' : 'h');
}

void modes_reset(const struct modes *modes, struct text *ret)
{
	for (size_t i = 0; i < MODES; i++)
		if (modes->other[i])
			text_addf(ret, "\033[?%u%c", known[i].number, known[i].on ? 'h' : 'l');
	if (modes->escaped)
		text_add(ret, "\033[0m\033(B\033>");
}
