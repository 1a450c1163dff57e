/*
 * The two clocks, and deadlines on the first.  Any thread.
 */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: deadlines. */
uint64_t clock_ms(void);
/* Milliseconds of CLOCK_BOOTTIME: stamps, fences, ages (never order). */
uint64_t clock_boot_ms(void);
/* For poll and epoll_wait: milliseconds until deadline, 0 when it has passed,
 * -1 for UINT64_MAX (never), at most INT_MAX. */
int clock_left(uint64_t deadline_ms, uint64_t now_ms);
/* The kernel's boot id (16 bytes).  Zero when it cannot be read. */
void clock_boot_id(uint8_t out[16]);

#endif
