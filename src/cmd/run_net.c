/* run_net.c: what is behind a guest's NICs, before the machine is made. */
#include "cmd/run_net.h"

#include "base/error.h"       /* error_set */
#include "base/unix_socket.h" /* connecting */
#include "cmd/commands.h"     /* exit statuses */
#include "cmd/programs.h"     /* starting igdvm-net */
#include "cmd/run_options.h"  /* struct run_options */

#include <fcntl.h>      /* O_CLOEXEC */
#include <stdio.h>      /* snprintf */
#include <string.h>     /* strerror */
#include <sys/socket.h> /* socketpair */
#include <sys/wait.h>   /* waitpid */
#include <unistd.h>     /* pipe, read */

#define PROGRAM     "igdvm-net"
#define READY       'r'
#define FIXED_WORDS 8 /* serve SOCKET PIPE MODE USER TFTP BOOTFILE, and the end */
#define NUMBER_SIZE 12

/* What the program said of its start: READY, or one line of why not. */
static int await_start(pid_t child, int pipe_fd, struct error *err)
{
    char text[512];
    size_t size = 0;
    ssize_t got;
    int status = 0;

    while (size < sizeof(text) - 1 &&
           (got = read(pipe_fd, text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)got;
    text[size] = '\0';
    if (size == 1 && text[0] == READY)
        return 0;
    waitpid(child, &status, 0);
    enum error_kind kind = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_USAGE
                               ? ERROR_INPUT
                               : ERROR_SYSTEM;
    return error_set(err, kind, -EIO, "--net user: %s",
                     size ? text : PROGRAM " did not start");
}

/* The other end of the socket that igdvm-net serves. */
static int start_user(struct run_nic *nic, const struct sandbox *sandbox,
                      struct error *err)
{
    int sockets[2], pipes[2];
    char numbers[2][NUMBER_SIZE];
    const char *words[FIXED_WORDS + RUN_NET_FORWARDS] = {
        "serve",
        numbers[0],
        numbers[1],
        sandbox_mode_name(sandbox->mode),
        sandbox->user ? sandbox->user : "",
        nic->tftp ? nic->tftp : "",
        nic->boot_file ? nic->boot_file : "",
    };

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_system(err, -errno, "--net user: socket");
    if (pipe2(pipes, O_CLOEXEC) < 0) {
        int code = -errno;
        close(sockets[0]);
        close(sockets[1]);
        return error_system(err, code, "--net user: pipe");
    }
    snprintf(numbers[0], NUMBER_SIZE, "%d", sockets[1]);
    snprintf(numbers[1], NUMBER_SIZE, "%d", pipes[1]);
    memcpy(words + FIXED_WORDS - 1, nic->forwards, nic->forward_count * sizeof(*words));
    const int kept[] = { sockets[1], pipes[1], -1 };
    pid_t child = program_start(PROGRAM, words, kept, &nic->lifeline);
    int result = child < 0 ? error_system(err, child, "--net user") : 0;
    close(sockets[1]);
    close(pipes[1]);
    if (result == 0)
        result = await_start(child, pipes[0], err);
    close(pipes[0]);
    nic->process = child;
    if (result == 0)
        return sockets[0];
    close(sockets[0]);
    return result;
}

int run_net_open(struct run_options *options, struct error *err)
{
    static const char user_name[] = "user network";
    for (unsigned i = 0; i < options->nic_count; i++) {
        struct run_nic *nic = &options->nics[i];
        if (nic->user) {
            nic->nic.name = user_name;
            nic->nic.fd = start_user(nic, &options->sandbox, err);
        } else if (nic->socket) {
            nic->nic.name = nic->socket;
            nic->nic.fd = unix_socket_connect(nic->socket, err);
            if (nic->nic.fd < 0)
                error_prefix(err, "--net");
        }
        if (!nic->nic.tap && nic->nic.fd < 0)
            return err->code;
        options->machine.nics[i] = nic->nic;
    }
    options->machine.nic_count = options->nic_count;
    return 0;
}
