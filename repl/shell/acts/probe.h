/* Starting stave-probe, which tries the walls out in the child's world. */
#pragma once

enum { PROBE_SOCKET = 16, PROBE_HOST = 24 };

struct error;
struct plan;
struct words;

struct probe {
	const struct words *words;   /* the attempts to make; none: all */
	long keyring;                /* the shell's own, -1 when it has none or may not ask */
	char socket[PROBE_SOCKET];   /* as probe_listen() says; "" for none */
	unsigned port;               /* as probe_listen_port() says; 0 for none */
	char host[PROBE_HOST];       /* as probe_listen_host() says; "" for none */
};

/* The keyring of the shell's session, by its number; -1. keyctl(2). */
long probe_keyring(void);

/* A socket of the host's network namespace, whose name the kernel chooses: unix(7), autobind. The
 * name is written to ret, without its leading NUL. -1 for none; the caller closes it. */
int probe_listen(char ret[PROBE_SOCKET]);

/* A port of the host's loopback that is listened on: its number in *port. -1 for none; the caller closes it. */
int probe_listen_port(unsigned *port);

/* A port of the address that the host sends from, likewise: ADDRESS:PORT. It refuses nobody and answers nothing: who
 * gets a connection there has reached the host, and not another machine of that address. */
int probe_listen_host(char ret[PROBE_HOST]);

/* What starts the probe, into the plan. -1 with err. */
int probe_plan(const struct probe *probe, struct plan *plan, struct error *err);
