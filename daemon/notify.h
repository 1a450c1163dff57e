/*
 * Tells the service manager how it goes: sd_notify(3) as a plain datagram to
 * $NOTIFY_SOCKET, when that is set.  Any thread; never blocks.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* "READY=1", "STOPPING=1", "RELOADING=1".  Failures are ignored: whoever
 * waits for the word notices. */
void notify(const char *state);

#endif
