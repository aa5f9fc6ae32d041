/* Names in networks of containers. Who is in one has a file, which is its /etc/hosts by a bind mount, and
 * which the session holds open: it is written again, in place, when another joins or leaves. hosts(5). */
#pragma once

/* One that is in a network, or is about to be. */
struct named;

/* All of the session's. */
struct names {
	struct named *first;
};

/* One more, whose file is fd (taken over). text: what that has whoever else is there; line: what the others
 * are to have of it, NULL for nothing. */
struct named *names_add(struct names *names, int fd, const char *text, const char *line);

/* It is in a network: that of the bridge in the network namespace of this inode. It and the others there
 * know of each other from now on. */
void names_join(struct named *named, unsigned long net, const char *bridge);

/* It is in the network no more, nor is its file held: it and the others forget each other. NULL is none. */
void names_leave(struct named *named);
