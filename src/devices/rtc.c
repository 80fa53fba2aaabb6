/* rtc.c: the MC146818 clock and CMOS RAM. */
#include "devices/rtc.h"

#include "base/bytes.h"         /* sizes, store16 */
#include "base/error.h"         /* error_system */
#include "base/event_timer.h"   /* interrupts in time */
#include "base/log.h"           /* none to be had */
#include "devices/board.h"      /* the GSI, the lock */
#include "devices/byte_ports.h" /* ports */
#include "devices/device.h"     /* struct device */
#include "devices/irq_line.h"   /* the interrupt */
#include "devices/rtc_time.h"   /* the registers' formats */

#include <stdlib.h> /* calloc */
#include <string.h> /* strerror */
#include <time.h>   /* clock_gettime */

#define NS_PER_SECOND 1000000000ll

#define LAST_SECOND 7258118400 /* the year 2200 begins */

#define A_UPDATING     0x80
#define A_DIVIDER      0x70
#define A_DIVIDER_RUNS 0x20 /* the 32.768 kHz time base; any other setting stops it */
#define A_RATE         0x0f

#define B_SET      0x80 /* the guest sets the time: updates stop */
#define B_PERIODIC 0x40
#define B_ALARM    0x20
#define B_UPDATE   0x10
#define B_SQUARE   0x08

/* Register C; the flags stand where register B enables them. */
#define C_REQUEST 0x80

#define UPDATE_NS 244141 /* the update-in-progress flag leads the update by this */

/* CMOS RAM as PC firmware lays it out. */
enum {
    CMOS_FLOPPY = 0x10,
    CMOS_EQUIPMENT = 0x14,
    CMOS_BASE_KIB = 0x15,
    CMOS_EXTENDED_KIB = 0x17,
    CMOS_EXTENDED_KIB_ALIAS = 0x30,
    CMOS_OVER_16M_64K = 0x34,
    CMOS_BOOT_THIRD = 0x38,
    CMOS_BOOT_ORDER = 0x3d,
    CMOS_HIGH_64K = 0x5b,
    CMOS_CPUS = 0x5f,
};
#define EQUIPMENT_FPU   0x02
#define EQUIPMENT_MOUSE 0x04

struct rtc {
    struct device device;
    struct board *board;
    struct byte_ports ports;
    struct irq_line line;
    struct event_timer timer; /* most guests never want it */
    uint8_t index;
    uint8_t cmos[128];
    int64_t offset_ns;    /* of the guest's clock to the host's */
    int64_t seen_ns;      /* guest time up to which flags have been raised */
    bool divider_stopped; /* since when time was held: it restarts at half a second */
};

static int64_t host_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int64_t guest_ns(const struct rtc *rtc)
{
    return host_ns() + rtc->offset_ns;
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static int64_t whole_seconds(int64_t ns)
{
    return floor_divide(ns, NS_PER_SECOND);
}

/* Does time go on, or is it held for the guest to set it? */
static bool running(const struct rtc *rtc)
{
    return !(rtc->cmos[RTC_B] & B_SET) &&
           (rtc->cmos[RTC_A] & A_DIVIDER) == A_DIVIDER_RUNS;
}

/* Nanoseconds between periodic interrupts, or 0. */
static int64_t period_ns(const struct rtc *rtc)
{
    unsigned rate = rtc->cmos[RTC_A] & A_RATE;
    if (rate == 0 || (rtc->cmos[RTC_A] & A_DIVIDER) != A_DIVIDER_RUNS)
        return 0;
    if (rate <= 2)
        rate += 7; /* the two lowest select 256 and 128 Hz */
    /* 2^(rate - 1) / 32768 s; exact: 10^9 is divisible by 2^9. */
    return (NS_PER_SECOND << (rate - 1)) >> 15;
}

static void update_line(struct rtc *rtc)
{
    uint8_t enabled = rtc->cmos[RTC_B] & (B_PERIODIC | B_ALARM | B_UPDATE);
    if (rtc->cmos[RTC_C] & enabled)
        rtc->cmos[RTC_C] |= C_REQUEST;
    irq_line_set(&rtc->line, rtc->cmos[RTC_C] & C_REQUEST);
}

/* Raise the flags of everything that happened since the last time. */
static void catch_up(struct rtc *rtc)
{
    int64_t now = guest_ns(rtc), seen = rtc->seen_ns, period = period_ns(rtc);
    rtc->seen_ns = now;
    if (now < seen)
        return; /* the host's clock was set back */
    if (period && floor_divide(now, period) != floor_divide(seen, period))
        rtc->cmos[RTC_C] |= B_PERIODIC;
    int64_t updates = whole_seconds(now) - whole_seconds(seen);
    if (running(rtc) && updates > 0) {
        rtc->cmos[RTC_C] |= B_UPDATE;
        int distance = rtc_time_to_alarm(rtc->cmos, whole_seconds(seen) + 1);
        if (distance >= 0 && distance < updates)
            rtc->cmos[RTC_C] |= B_ALARM;
    }
    update_line(rtc);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a && a < b ? a : b;
}

/* Wake at the next event whose interrupt is enabled and not yet pending. */
static void arm(struct rtc *rtc)
{
    uint8_t wanted = rtc->cmos[RTC_B] & (uint8_t)~rtc->cmos[RTC_C];
    int64_t seen = rtc->seen_ns, period = period_ns(rtc), next = 0;
    int64_t update = whole_seconds(seen) + 1;

    if ((wanted & B_PERIODIC) && period)
        next = sooner(next, (floor_divide(seen, period) + 1) * period);
    if ((wanted & B_UPDATE) && running(rtc))
        next = sooner(next, update * NS_PER_SECOND);
    if ((wanted & B_ALARM) && running(rtc)) {
        int distance = rtc_time_to_alarm(rtc->cmos, update);
        if (distance >= 0)
            next = sooner(next, (update + distance) * NS_PER_SECOND);
    }
    int64_t host = next ? next - rtc->offset_ns : 0;
    if (next && host <= 0)
        host = 1;
    int result = event_timer_set(&rtc->timer, (uint64_t)host, true);
    if (result < 0)
        log_warning("rtc", "an interrupt will be late: %s", strerror(-result));
}

static void timer_fired(void *opaque)
{
    struct rtc *rtc = opaque;
    pthread_mutex_lock(&rtc->board->lock);
    catch_up(rtc);
    arm(rtc);
    pthread_mutex_unlock(&rtc->board->lock);
}

/*
 * The guest's clock shows `seconds` and a fraction from now on. The registers can hold
 * times whose nanoseconds since 1970 no integer holds: those are moved to the limits.
 */
static void set_clock(struct rtc *rtc, int64_t seconds, int64_t fraction_ns)
{
    seconds = seconds < 0 ? 0 : seconds > LAST_SECOND ? LAST_SECOND : seconds;
    int64_t shown = seconds * NS_PER_SECOND + fraction_ns;
    rtc->offset_ns = shown - host_ns();
    rtc->seen_ns = shown;
}

static uint8_t status_a(struct rtc *rtc)
{
    uint8_t value = rtc->cmos[RTC_A] & (uint8_t)~A_UPDATING;
    int64_t now = guest_ns(rtc);
    int64_t fraction = now - whole_seconds(now) * NS_PER_SECOND;
    if (running(rtc) && fraction >= NS_PER_SECOND - UPDATE_NS)
        value |= A_UPDATING;
    return value;
}

static uint8_t read_register(struct rtc *rtc)
{
    unsigned index = rtc->index;
    uint8_t value;

    if (rtc_time_register(index) && running(rtc))
        rtc_time_store(rtc->cmos, whole_seconds(guest_ns(rtc)));
    switch (index) {
    case RTC_A:
        return status_a(rtc);
    case RTC_C:
        catch_up(rtc);
        value = rtc->cmos[RTC_C];
        rtc->cmos[RTC_C] = 0;
        update_line(rtc);
        arm(rtc);
        return value;
    default:
        return rtc->cmos[index];
    }
}

/* Registers A and B say whether time runs; both are written through here. */
static void write_control(struct rtc *rtc, unsigned index, uint8_t value)
{
    catch_up(rtc);
    bool ran = running(rtc);
    if (ran)
        rtc_time_store(rtc->cmos, whole_seconds(rtc->seen_ns));
    if (index == RTC_A)
        value &= (uint8_t)~A_UPDATING;
    else if (value & B_SET)
        value &= (uint8_t)~B_UPDATE; /* SET clears UIE */
    /* A change of format while time runs is for what is stored from now on. */
    rtc->cmos[index] = value;
    if ((rtc->cmos[RTC_A] & A_DIVIDER) != A_DIVIDER_RUNS)
        rtc->divider_stopped = true;
    if (!ran && running(rtc)) {
        int64_t fraction = rtc->divider_stopped ? NS_PER_SECOND / 2 : 0;
        set_clock(rtc, rtc_time_load(rtc->cmos), fraction);
        rtc->divider_stopped = false;
    }
    update_line(rtc);
    arm(rtc);
}

static void write_time(struct rtc *rtc, unsigned index, uint8_t value)
{
    if (!running(rtc)) {
        rtc->cmos[index] = value;
        return;
    }
    catch_up(rtc);
    int64_t seconds = whole_seconds(rtc->seen_ns);
    int64_t fraction = rtc->seen_ns - seconds * NS_PER_SECOND;
    rtc_time_store(rtc->cmos, seconds);
    rtc->cmos[index] = value;
    set_clock(rtc, rtc_time_load(rtc->cmos), fraction);
    arm(rtc);
}

static void write_register(struct rtc *rtc, uint8_t value)
{
    unsigned index = rtc->index;
    if (index == RTC_A || index == RTC_B) {
        write_control(rtc, index, value);
    } else if (rtc_time_register(index)) {
        write_time(rtc, index, value);
    } else if (index != RTC_C && index != RTC_D) {
        if (index <= RTC_HOURS_ALARM)
            catch_up(rtc);
        rtc->cmos[index] = value;
        if (index <= RTC_HOURS_ALARM)
            arm(rtc);
    }
}

static uint8_t rtc_read(void *opaque, unsigned offset)
{
    struct rtc *rtc = opaque;
    return offset == 0 ? 0xff : read_register(rtc); /* the index is write-only */
}

static void rtc_write(void *opaque, unsigned offset, uint8_t value)
{
    struct rtc *rtc = opaque;
    if (offset == 0)
        rtc->index = value & 0x7f; /* bit 7 would mask NMI */
    else
        write_register(rtc, value);
}

/* The reset line clears enables and flags; time, format and RAM are on the battery. */
static void rtc_reset(struct device *device)
{
    struct rtc *rtc = (struct rtc *)device;
    rtc->index = 0;
    rtc->cmos[RTC_B] &= (uint8_t) ~(B_PERIODIC | B_ALARM | B_UPDATE | B_SQUARE);
    rtc->cmos[RTC_C] = 0;
    update_line(rtc);
    arm(rtc);
}

static void rtc_free(struct device *device)
{
    struct rtc *rtc = (struct rtc *)device;
    space_remove(&rtc->ports.range);
    event_timer_end(&rtc->timer);
    free(rtc);
}

static void fill_cmos(uint8_t *cmos, const struct rtc_config *config)
{
    uint64_t extended = config->low_ram > MIB ? (config->low_ram - MIB) / KIB : 0;
    uint64_t over_16m =
        config->low_ram > 16 * MIB ? (config->low_ram - 16 * MIB) / (64 * KIB) : 0;
    uint16_t extended_kib = extended > UINT16_MAX ? UINT16_MAX : (uint16_t)extended;

    cmos[RTC_A] = A_DIVIDER_RUNS | 0x06; /* 1024 Hz */
    cmos[RTC_B] = RTC_B_24_HOURS;
    cmos[RTC_D] = 0x80; /* the battery is good */
    cmos[CMOS_FLOPPY] = 0;
    cmos[CMOS_EQUIPMENT] = EQUIPMENT_FPU | EQUIPMENT_MOUSE;
    store16(cmos + CMOS_BASE_KIB, 640);
    store16(cmos + CMOS_EXTENDED_KIB, extended_kib);
    store16(cmos + CMOS_EXTENDED_KIB_ALIAS, extended_kib);
    store16(cmos + CMOS_OVER_16M_64K,
            over_16m > UINT16_MAX ? UINT16_MAX : (uint16_t)over_16m);
    store_sized(cmos + CMOS_HIGH_64K, config->high_ram / (64 * KIB), 3);
    cmos[CMOS_CPUS] = (uint8_t)(config->cpus - 1);
    /* Disk, then CD, then network, for firmware with no boot order of fw_cfg. */
    cmos[CMOS_BOOT_ORDER] = 0x32;
    cmos[CMOS_BOOT_THIRD] = 0x40;
}

struct device *rtc_new(struct board *board, const struct rtc_config *config,
                       struct error *err)
{
    struct rtc *rtc = calloc(1, sizeof(*rtc));
    if (!rtc) {
        error_system(err, -ENOMEM, "clock");
        return NULL;
    }
    rtc->device = (struct device){ "rtc", rtc_reset, rtc_free };
    rtc->board = board;
    rtc->line = (struct irq_line){ board, RTC_GSI, false };
    rtc->ports.read = rtc_read;
    rtc->ports.write = rtc_write;
    rtc->ports.opaque = rtc;
    rtc->seen_ns = host_ns();
    fill_cmos(rtc->cmos, config);
    event_timer_init(&rtc->timer, board->loop, CLOCK_REALTIME, timer_fired, rtc);
    if (byte_ports_add(board, &rtc->ports, "rtc", 0x70, 2, err) < 0) {
        rtc_free(&rtc->device);
        return NULL;
    }
    return &rtc->device;
}
