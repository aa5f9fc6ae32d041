/* Lines of ip(8). */
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "words/foreign/tools.h"

/* What ip(8) calls an object, shortened as it likes; 0 for another. */
static char ip_object(const char *s)
{
	static const char *const objects[] = { "link", "address", "route" };

	if (strcmp(s, "addr") == 0)
		return 'a';
	for (size_t i = 0; *s && i < COUNT(objects); i++)
		if (strncmp(s, objects[i], strlen(s)) == 0)
			return *objects[i];
	return 0;
}

static bool ip_word(const struct foreign *foreign, size_t i, const char *word)
{
	return i < foreign->count && strcmp(foreign->words[i].s, word) == 0;
}

/* "net WORD A B", A and B by their numbers; 0 for none. */
static enum foreign_kind ip_is(const struct foreign *foreign, const char *word, size_t a, size_t b)
{
	foreign_add(foreign, "net");
	foreign_word(foreign, word);
	if (a)
		foreign_word(foreign, foreign->words[a].s);
	if (b)
		foreign_word(foreign, foreign->words[b].s);
	return FOREIGN_DONE;
}

/* ip link set [dev] LINK up|down|mtu N|address MAC|master BRIDGE: one change of one interface. */
static enum foreign_kind ip_set(const struct foreign *foreign)
{
	size_t link = ip_word(foreign, 3, "dev") ? 4 : 3, left = foreign->count - link;

	if (left == 2 && (ip_word(foreign, link + 1, "up") || ip_word(foreign, link + 1, "down")))
		return strcmp(foreign->words[link].s, "lo") == 0 && ip_word(foreign, link + 1, "up") ?
			ip_is(foreign, "lo", 0, 0) : ip_is(foreign, foreign->words[link + 1].s, link, 0);
	if (left == 3 && ip_word(foreign, link + 1, "mtu"))
		return ip_is(foreign, "mtu", link, link + 2);
	if (left == 3 && ip_word(foreign, link + 1, "address"))
		return ip_is(foreign, "mac", link, link + 2);
	if (left == 3 && ip_word(foreign, link + 1, "master"))
		return ip_is(foreign, "join", link + 2, link);
	return FOREIGN_NOT;
}

/* ip link add [name] LINK type veth peer [name] PEER, type bridge, type dummy. */
static enum foreign_kind ip_add(const struct foreign *foreign)
{
	size_t link = ip_word(foreign, 3, "name") ? 4 : 3, left = foreign->count - link;
	size_t peer = link + (ip_word(foreign, link + 4, "name") ? 5 : 4);

	if (left == 3 && ip_word(foreign, link + 1, "type") &&
	    (ip_word(foreign, link + 2, "bridge") || ip_word(foreign, link + 2, "dummy")))
		return ip_is(foreign, foreign->words[link + 2].s, link, 0);
	if (peer + 1 == foreign->count && ip_word(foreign, link + 2, "veth") && ip_word(foreign, link + 3, "peer"))
		return ip_is(foreign, "veth", link, peer);
	return FOREIGN_NOT;
}

/* ip addr and ip route take the same words in the same order as net. */
static enum foreign_kind ip_same(const struct foreign *foreign, const char *word)
{
	foreign_add(foreign, "net");
	foreign_word(foreign, word);
	for (size_t i = 2; i < foreign->count; i++)
		foreign_word(foreign, foreign->words[i].s);
	return FOREIGN_DONE;
}

static enum foreign_kind ip_read(const struct foreign *foreign)
{
	char object = foreign->count > 1 ? ip_object(foreign->words[1].s) : 0;
	bool changes = ip_word(foreign, 2, "add") || ip_word(foreign, 2, "del");

	if (object && (foreign->count == 2 || (foreign->count == 3 && ip_word(foreign, 2, "show"))))
		return ip_is(foreign, "show", 0, 0);
	if (object == 'l' && foreign->count > 3 && ip_word(foreign, 2, "set"))
		return ip_set(foreign);
	if (object == 'l' && foreign->count > 3 && ip_word(foreign, 2, "add"))
		return ip_add(foreign);
	if (object == 'l' && foreign->count == 4 && changes)
		return ip_is(foreign, "rm", 3, 0);
	if (object != 'l' && object && changes)
		return ip_same(foreign, object == 'a' ? "addr" : "route");
	return FOREIGN_NOT;
}

/* ip(8): the words of net are its own, but for fewer options. */
enum foreign_kind foreign_ip(const struct foreign *foreign)
{
	cleanup_text struct text rest = { 0 };
	enum foreign_kind kind = ip_read(foreign);

	if (kind != FOREIGN_NOT)
		return kind;
	for (size_t i = 1; i < foreign->count; i++) {
		text_add(&rest, " ");
		text_add_sh(&rest, foreign->words[i].s);
	}
	return foreign_say(foreign, "net shows the interfaces, help net how they are made; run ip%s asks the child's network namespace, !ip%s the host's",
			   text_of(&rest), text_of(&rest));
}
