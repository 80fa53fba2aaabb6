/*
 * viewer.c: a VNC viewer that does as it is told on standard input, by libvncclient.
 * usage: viewer HOST:PORT|PATH [PASSWORD]
 *
 *   type TEXT      press and release the key of each character; \n is Return
 *   key CODE DOWN  a keysym (hexadecimal) goes down (1) or up (0)
 *   point X Y MASK move the pointer, with these buttons (RFC 6143, section 7.5.5)
 *   save FILE      write the picture, as far as it has come, as PPM
 *   quit
 *
 * It answers each line with one: "ok WIDTH HEIGHT", or "error ...". When it is not let
 * in it says "refused" and ends with status 1.
 */
#include <rfb/rfbclient.h> /* the library */

#include <poll.h>    /* commands and messages */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* commands */
#include <stdlib.h>  /* strtoul */
#include <string.h>  /* strncmp */
#include <unistd.h>  /* STDIN_FILENO */

#define RETURN_KEYSYM 0xff0d
#define QUIET_MS      100 /* so long nothing comes: the picture is whole */
#define MOST_MS       3000

static char *password;

static char *give_password(rfbClient *client)
{
    return strdup(password ? password : "");
}

static void to_nobody(const char *format, ...)
{
}

static rfbClient *connect_to(const char *server)
{
    rfbClientLog = rfbClientErr = to_nobody;
    rfbClient *client = rfbGetClient(8, 3, 4);
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->canHandleNewFBSize = TRUE;
    client->GetPassword = give_password;
    const char *colon = strrchr(server, ':');
    free(client->serverHost);
    client->serverHost = strdup(server);
    client->serverPort = 0;
    if (colon && server[0] != '/') {
        client->serverHost[colon - server] = '\0';
        client->serverPort = atoi(colon + 1);
    }
    return rfbInitClient(client, NULL, NULL) ? client : NULL;
}

/* Handle what comes until nothing does for a moment. false: the server is gone. */
static bool settle(rfbClient *client)
{
    for (unsigned waited = 0; waited < MOST_MS; waited += QUIET_MS) {
        int ready = WaitForMessage(client, QUIET_MS * 1000);
        if (ready == 0)
            return true;
        if (ready < 0 || !HandleRFBServerMessage(client))
            return false;
    }
    return true;
}

static void tap(rfbClient *client, uint32_t keysym)
{
    SendKeyEvent(client, keysym, TRUE);
    SendKeyEvent(client, keysym, FALSE);
}

static void type(rfbClient *client, const char *text)
{
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == 'n') {
            tap(client, RETURN_KEYSYM);
            text++;
        } else {
            tap(client, (unsigned char)*text);
        }
    }
}

static bool save(const rfbClient *client, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    fprintf(file, "P6 %d %d 255\n", client->width, client->height);
    const uint32_t *pixels = (const uint32_t *)client->frameBuffer;
    for (size_t i = 0; i < (size_t)client->width * (size_t)client->height; i++) {
        const unsigned char rgb[3] = { (unsigned char)(pixels[i] >> 16),
                                       (unsigned char)(pixels[i] >> 8),
                                       (unsigned char)pixels[i] };
        fwrite(rgb, 1, sizeof(rgb), file);
    }
    return fclose(file) == 0;
}

/* false: no such command, or it failed. */
static bool obey(rfbClient *client, const char *line)
{
    unsigned first, second, third;
    if (!strncmp(line, "type ", 5))
        type(client, line + 5);
    else if (sscanf(line, "key %x %u", &first, &second) == 2)
        SendKeyEvent(client, first, (rfbBool)second);
    else if (sscanf(line, "point %u %u %u", &first, &second, &third) == 3)
        SendPointerEvent(client, (int)first, (int)second, (int)third);
    else if (!strncmp(line, "save ", 5))
        return settle(client) && save(client, line + 5);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    char line[4096];
    if (argc < 2 || argc > 3)
        return 2;
    password = argc == 3 ? argv[2] : NULL;
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    rfbClient *client = connect_to(argv[1]);
    if (!client) {
        puts("refused");
        return 1;
    }
    printf("ok %d %d\n", client->width, client->height);
    for (;;) {
        struct pollfd inputs[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                                   { .fd = client->sock, .events = POLLIN } };
        poll(inputs, 2, -1);
        if (inputs[1].revents && !HandleRFBServerMessage(client)) {
            puts("error: the server is gone");
            return 1;
        }
        if (!inputs[0].revents)
            continue;
        if (!fgets(line, sizeof(line), stdin) || !strncmp(line, "quit", 4))
            break;
        line[strcspn(line, "\n")] = '\0';
        if (obey(client, line))
            printf("ok %d %d\n", client->width, client->height);
        else
            puts("error");
    }
    rfbClientCleanup(client);
    return 0;
}
