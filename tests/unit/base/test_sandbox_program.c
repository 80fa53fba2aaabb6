/* test_sandbox_program.c: the filter's program allows what the table says, no more. */
#include "base/sandbox_program.h"

#include "base/sandbox_calls.h" /* the table */

#include <errno.h>         /* EACCES */
#include <linux/audit.h>   /* architectures */
#include <linux/seccomp.h> /* what a call's facts are, and verdicts */
#include <setjmp.h>        /* cmocka */
#include <stdarg.h>        /* cmocka */
#include <stddef.h>        /* cmocka */
#include <string.h>        /* memcpy */
#include <sys/syscall.h>   /* numbers */

#include <cmocka.h> /* must be last */

#define OTHERWISE SECCOMP_RET_TRAP
#define NEEDS     8u   /* all CALL_FOR bits, and none */
#define NUMBERS   1024 /* more than there are */
#define FAST      8    /* instructions until KVM_RUN is allowed */

/* What the kernel does with it: the verdict, and in how many instructions. */
static uint32_t run(const struct sandbox_program *program,
                    const struct seccomp_data *data, unsigned *steps)
{
    const struct sock_filter *code =
        &program->code[SANDBOX_PROGRAM_MAX - program->length];
    uint32_t accumulator = 0;
    for (unsigned at = 0;;) {
        assert_true(at < program->length);
        const struct sock_filter *one = &code[at++];
        ++*steps;
        switch (one->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(one->k % 4 == 0 && one->k <= sizeof(*data) - 4);
            memcpy(&accumulator, (const uint8_t *)data + one->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= one->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += accumulator == one->k ? one->jt : one->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += accumulator >= one->k ? one->jt : one->jf;
            break;
        case BPF_RET | BPF_K:
            return one->k;
        default:
            fail();
        }
    }
}

static uint32_t verdict_of(const struct seccomp_data *data, enum sandbox_thread kind,
                           unsigned needs)
{
    uint32_t verdict = OTHERWISE;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number != (unsigned)data->nr || !(call->threads & 1u << kind) ||
            (call->needs & ~needs) ||
            ((uint32_t)data->args[call->argument] & call->mask) != call->value)
            continue;
        if (!call->denies)
            return SECCOMP_RET_ALLOW;
        verdict = SECCOMP_RET_ERRNO | EACCES;
    }
    return verdict;
}

static void check(const struct sandbox_program *program,
                  const struct seccomp_data *data, enum sandbox_thread kind,
                  unsigned needs)
{
    unsigned steps = 0;
    assert_int_equal(run(program, data, &steps), verdict_of(data, kind, needs));
}

/* Every call, with each value that any row looks for, and others beside it. */
static void check_all(const struct sandbox_program *program, enum sandbox_thread kind,
                      unsigned needs)
{
    for (int number = -1; number < NUMBERS; number++) {
        struct seccomp_data data = { .nr = number, .arch = AUDIT_ARCH_X86_64 };
        check(program, &data, kind, needs);
        for (unsigned i = 0; i < sandbox_call_rows; i++) {
            const struct sandbox_call *call = &sandbox_calls[i];
            if (!call->mask || call->number != (unsigned)number)
                continue;
            for (unsigned argument = 0; argument < 6; argument++) {
                for (unsigned bit = 0; bit <= 64; bit++) {
                    data.args[argument] = call->value ^ (bit < 64 ? 1ull << bit : 0);
                    check(program, &data, kind, needs);
                    data.args[argument] = (uint64_t)call->value << 32;
                    check(program, &data, kind, needs);
                }
                data.args[argument] = 0;
            }
        }
    }
}

static void test_table(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < SANDBOX_THREADS; kind++) {
        for (unsigned needs = 0; needs < NEEDS; needs++) {
            struct sandbox_program program;
            assert_true(sandbox_program_make(&program, (enum sandbox_thread)kind, needs,
                                             OTHERWISE));
            check_all(&program, (enum sandbox_thread)kind, needs);
        }
    }
}

/* The numbers of another architecture's calls mean something else. */
static void test_architecture(void **state)
{
    const struct seccomp_data data = { .nr = SYS_read, .arch = AUDIT_ARCH_I386 };
    struct sandbox_program program;
    unsigned steps = 0;
    (void)state;
    assert_true(sandbox_program_make(&program, SANDBOX_MAIN, 0, OTHERWISE));
    assert_int_equal(run(&program, &data, &steps), SECCOMP_RET_KILL_PROCESS);
}

/* Every exit of a guest passes that way. */
static void test_length(void **state)
{
    const struct seccomp_data enter = { .nr = SYS_ioctl,
                                        .arch = AUDIT_ARCH_X86_64,
                                        .args = { 10, 0xae80 } };
    struct sandbox_program program;
    unsigned steps = 0;
    (void)state;
    assert_true(sandbox_program_make(&program, SANDBOX_VCPU, 0, OTHERWISE));
    assert_int_equal(run(&program, &enter, &steps), SECCOMP_RET_ALLOW);
    assert_true(steps <= FAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_architecture),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
