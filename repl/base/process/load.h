/* How busy the machine is. */
#pragma once

/* How long something may take here that takes so many seconds on an idle machine: longer where other processes wait for
 * the processors. getloadavg(3). */
unsigned load_patience(unsigned seconds);
