#include "base/message/format.h"

#include <ctype.h>
#include <string.h>

enum { ARGUMENTS_MOST = 12, TYPE_SIZE = 4 };

/* The type of each argument: what stands behind a conversion's width, "llu". */
struct arguments {
	char types[ARGUMENTS_MOST][TYPE_SIZE];
	int count;   /* the highest that is used */
	int next;    /* of those without a number */
	bool numbered, wrong;
};

static void take(struct arguments *ret, int place, const char *type, size_t length)
{
	int at = place ? place - 1 : ret->next++;

	ret->numbered = ret->numbered || place;
	if (at >= ARGUMENTS_MOST || length >= TYPE_SIZE || (ret->numbered && ret->next) ||
	    (ret->types[at][0] && strncmp(ret->types[at], type, TYPE_SIZE) != 0)) {
		ret->wrong = true;
		return;
	}
	memcpy(ret->types[at], type, length);
	ret->count = at + 1 > ret->count ? at + 1 : ret->count;
}

/* "2$": 2, and what follows; 0 where there is no such number. */
static int place_of(const char **s)
{
	const char *end = *s;
	int place = 0;

	while (isdigit((unsigned char)*end) && place < ARGUMENTS_MOST + 1)
		place = place * 10 + (*end++ - '0');
	if (end == *s || *end != '$')
		return 0;
	*s = end + 1;
	return place;
}

/* A width or precision: a number, or "*", which is an argument. */
static void skip_size(struct arguments *ret, const char **s)
{
	if (**s == '*') {
		(*s)++;
		take(ret, place_of(s), "d", 1);
		return;
	}
	*s += strspn(*s, "0123456789");
}

/* s is behind the percent sign; returns what is behind the conversion. */
static const char *conversion(struct arguments *ret, const char *s)
{
	if (*s == '%')
		return s + 1;
	int place = place_of(&s);
	s += strspn(s, "-+#0'");
	skip_size(ret, &s);
	if (*s == '.') {
		s++;
		skip_size(ret, &s);
	}
	size_t modifiers = strspn(s, "hljztL");
	if (modifiers + 1 >= TYPE_SIZE || !s[modifiers] || !strchr("diouxXeEfFgGaAcsp", s[modifiers])) {
		ret->wrong = true;
		return s + modifiers;
	}
	char type[TYPE_SIZE] = { 0 };
	memcpy(type, s, modifiers + 1);
	if (strchr("di", s[modifiers]))
		type[modifiers] = 'd';
	take(ret, place, type, modifiers + 1);
	return s + modifiers + 1;
}

static void read_format(const char *s, struct arguments *ret)
{
	*ret = (struct arguments){ 0 };
	while ((s = strchr(s, '%')))
		s = conversion(ret, s + 1);
}

bool formats_agree(const char *english, const char *ours)
{
	struct arguments a, b;

	read_format(english, &a);
	read_format(ours, &b);
	/* What printf(3) would refuse, or print with the flag of a blank that no format here has, is a sentence
	 * with a percent sign: "20% is". */
	if (a.wrong)
		return true;
	return !b.wrong && a.count == b.count && memcmp(a.types, b.types, sizeof(a.types)) == 0;
}
