/* test_texts.c: what kernels, QEMU and people write, in the shapes it comes in. */
#include "host/guests.h"          /* QEMU's logs, libvirt's XML, Proxmox */
#include "host/guests_xml.h"      /* igd options */
#include "host/kernel.h"          /* parameters */
#include "host/lines.h"           /* words */
#include "host/log.h"             /* DMA faults */
#include "host/log_time.h"        /* times */
#include "host/printable.h"       /* texts of others */
#include "host/scrub.h"           /* what is taken out */
#include "host/snapshot_select.h" /* what is kept */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdio.h>   /* snprintf */
#include <stdlib.h>  /* memory */
#include <string.h>  /* text */

#include <cmocka.h> /* assertions; needs the headers above */

static void test_words(void **state)
{
    const char *cursor = "  a \"b c\"=d\te\n";
    char word[8];
    (void)state;
    assert_true(next_word(&cursor, word, sizeof(word)));
    assert_string_equal(word, "a");
    assert_true(next_word(&cursor, word, sizeof(word)));
    assert_string_equal(word, "b c=d");
    assert_true(next_word(&cursor, word, sizeof(word)));
    assert_string_equal(word, "e");
    assert_false(next_word(&cursor, word, sizeof(word)));
    cursor = "far too long for it\r\nnext";
    assert_true(next_line(&cursor, word, sizeof(word)));
    assert_string_equal(word, "far too");
    assert_true(next_line(&cursor, word, sizeof(word)));
    assert_string_equal(word, "next");
    assert_false(next_line(&cursor, word, sizeof(word)));
}

static void test_printable(void **state)
{
    static const char *const texts[][2] = {
        { "a board, 39 bits", "a board, 39 bits" },
        { "\x1b[31mred\a\x7f", "?[31mred??" },
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
        { "\xe2\x82\xac and \xf0\x9f\x98\x80", "\xe2\x82\xac and \xf0\x9f\x98\x80" },
        { "half \xe2\x82", "half ??" },
        { "latin \xfc.", "latin ?." },
        { "C1 \xc2\x9b"
          "2J",
          "C1 ??2J" },
        { "overlong \xc0\x80 \xe0\x80\x80", "overlong ?? ???" },
        { "surrogate \xed\xa0\x80", "surrogate ???" },
        { "too high \xf4\x90\x80\x80 \xff", "too high ???? ?" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[64];
        strcpy(text, texts[i][0]);
        make_printable(text);
        assert_string_equal(text, texts[i][1]);
    }
}

static void test_faults(void **state)
{
    static const struct {
        const char *line, *device;
        bool write;
        uint64_t address;
        unsigned reason;
    } faults[] = {
        { "[ 1692.021403] dmar: DMAR:[DMA Read] Request device [00:02.0] fault addr "
          "1a45aa9000 ",
          "0000:00:02.0", false, 0x1a45aa9000, 0 },
        { "[  184.630630] DMAR: [DMA Read] Request device [00:02.0] PASID ffffffff "
          "fault "
          "addr 9c000000 [fault reason 06] PTE Read access is not set",
          "0000:00:02.0", false, 0x9c000000, 6 },
        { "[  184.630630] DMAR: [DMA Write] Request device [02:00.0] fault addr "
          "f1e7e000 "
          "[fault reason 05] PTE Write access is not set",
          "0000:02:00.0", true, 0xf1e7e000, 5 },
        { "[    0.361089] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault "
          "addr "
          "0x7cd80000 [fault reason 0x01] Present bit in root entry is clear",
          "0000:00:02.0", false, 0x7cd80000, 1 },
        { "Jul 19 23:11:56 host kernel: DMAR: [DMA Read NO_PASID] Request device "
          "[0x00:0x02.0] fault addr 0x4000 [fault reason 0x06] SM: Present bit",
          "0000:00:02.0", false, 0x4000, 6 },
    };
    static const char *const others[] = {
        "[  184.630630] DMAR: DRHD: handling fault status reg 3",
        "[  184.630630] DMAR:[fault reason 06] PTE Read access is not set",
        "[    0.1] pci 0000:00:02.0: Adding to iommu group 0",
        "",
    };
    struct log_fault fault;
    (void)state;
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        assert_true(host_log_parse_fault(faults[i].line, &fault));
        assert_string_equal(fault.device, faults[i].device);
        assert_int_equal(fault.write, faults[i].write);
        assert_int_equal(fault.address, faults[i].address);
        assert_int_equal(fault.reason, faults[i].reason);
    }
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(host_log_parse_fault(others[i], &fault));
}

/* Each line and what the time is after it, that of the line before being 100. */
static void test_times(void **state)
{
    static const struct {
        const char *line;
        double time;
        const char *text;
    } lines[] = {
        { "[   12.345678] DMAR: x", 12.345678, "DMAR: x" },
        { "[  +0.500000] DMAR: x", 100.5, "DMAR: x" },
        { "Jul  1 23:11:56 host kernel: [   12.5] x", 12.5, "x" },
        { "Jul  2 00:01:02 host kernel: x [y]", 2 * 86400 + 62, "x [y]" },
        { "2024-02-11T08:12:01.1+01:00 host kernel: x", 11 * 86400 + 29521, "x" },
        { "Jul  2 00:01:02 host vfio: x", 2 * 86400 + 62, NULL },
        { "[Mon Jul 19 23:11:56 2021] x", 19 * 86400 + 83516, "x" },
        { "[Jul19 23:11] x", 19 * 86400 + 83460, "x" },
        { "DMAR: [DMA Read] x", 100, NULL },
        { "[inf] x", 100, "x" },
        { "[-5] x", 100, "x" },
        { "[1e300] x", 100, "x" },
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        double time = 100;
        const char *text = host_log_after_time(lines[i].line, &time);
        assert_true(time > lines[i].time - 1e-6 && time < lines[i].time + 1e-6);
        assert_string_equal(text, lines[i].text ? lines[i].text : lines[i].line);
    }
}

static void test_parameters(void **state)
{
    char line[] = "quiet intel_iommu=sm_on,on vfio-pci.ids=8086:1912 iommu=pt "
                  "vfio_pci.disable_vga intel_iommu=igfx_off\n";
    struct host_kernel kernel = { .command_line = line };
    char value[64], where[64];
    (void)state;
    assert_true(host_kernel_parameter(&kernel, "intel_iommu", value, sizeof(value)));
    assert_string_equal(value, "igfx_off");
    assert_true(host_kernel_parameter_has(&kernel, "intel_iommu", "on"));
    assert_true(host_kernel_parameter_has(&kernel, "intel_iommu", "igfx_off"));
    assert_false(host_kernel_parameter_has(&kernel, "intel_iommu", "off"));
    assert_true(host_kernel_parameter(&kernel, "vfio_pci.ids", value, sizeof(value)));
    assert_string_equal(value, "8086:1912");
    assert_true(host_kernel_module_option(&kernel, "vfio_pci", "disable_vga", value,
                                          sizeof(value), where, sizeof(where)));
    assert_string_equal(value, "");
    assert_false(host_kernel_parameter(&kernel, "iomm", value, sizeof(value)));
    assert_false(host_kernel_parameter(&kernel, "pt", value, sizeof(value)));
}

static void test_config(void **state)
{
    char part[] = "CONFIG_VFIO=m\n# CONFIG_VFIO_PCI_VGA is not set\nCONFIG_X=n\n";
    struct host_kernel kernel = { .config = part };
    (void)state;
    assert_int_equal(host_kernel_config(&kernel, "CONFIG_VFIO"), FACT_YES);
    assert_int_equal(host_kernel_config(&kernel, "CONFIG_VFIO_PCI_VGA"), FACT_NO);
    assert_int_equal(host_kernel_config(&kernel, "CONFIG_X"), FACT_NO);
    /* In a part of a configuration, what is not named is not known. */
    assert_int_equal(host_kernel_config(&kernel, "CONFIG_VFIO_PCI"), FACT_UNKNOWN);
    kernel.config_whole = true;
    assert_int_equal(host_kernel_config(&kernel, "CONFIG_VFIO_PCI"), FACT_NO);
    assert_int_equal(host_kernel_config(&(struct host_kernel){ 0 }, "CONFIG_VFIO"),
                     FACT_UNKNOWN);
}

static void test_qemu_logs(void **state)
{
    static struct host_guest guest;
    (void)state;
    guest = (struct host_guest){ 0 };
    assert_true(host_guest_parse_log(
        &guest,
        "2024-01-01: starting up libvirt version: 9, qemu version: 6.2.0, kernel: x\n"
        "/usr/bin/qemu-system-x86_64 \\\n"
        "-device vfio-pci,host=0000:00:02.0,id=hostdev0,bus=pci.0,addr=0x5 \\\n"
        "qemu-system-x86_64: group 1 is not viable\n"
        "2024-01-02: starting up libvirt version: 9, qemu version: 10.1.2, kernel: x\n"
        "-machine pc-i440fx-10.1,usb=off \\\n"
        "-device "
        "'{\"driver\":\"vfio-pci\",\"host\":\"0000:00:02.0\",\"id\":\"hostdev0\","
        "\"bus\":\"pci.0\",\"addr\":\"0x2\",\"romfile\":\"/x.rom\"}' \\\n"
        "2024-01-02T10:00:00Z qemu-system-x86_64: vfio_container_dma_map(0x1, 0x2, "
        "0x3, "
        "0x4) = -22 (Invalid argument)\n"));
    /* The older start is of no matter. */
    assert_string_equal(guest.messages[QEMU_NOT_VIABLE], "");
    assert_true(guest.messages[QEMU_MAP_FAILED][0]);
    assert_int_equal(guest.qemu_major, 10);
    assert_int_equal(guest.machine, MACHINE_I440FX);
    assert_string_equal(guest.host_address, "0000:00:02.0");
    assert_true(guest.slot_known && guest.slot == 2 && guest.bus == 0);
    assert_string_equal(guest.rom_file, "/x.rom");
    guest = (struct host_guest){ 0 };
    assert_false(
        host_guest_parse_log(&guest, "-device vfio-pci,host=0000:01:00.0 \\\n"));
}

/* What QEMU says of the GPU at any time, of other devices never; and what it gets over.
 */
static void test_qemu_messages(void **state)
{
    static const struct {
        const char *said;
        bool failed;
    } messages[] = {
        { "VFIO_MAP_DMA failed: Invalid argument", true },
        { "warning: vfio_container_dma_map(0x1, 0x2) = -22 (Invalid argument)", false },
        { "PCI p2p may not work: vfio_container_dma_map(0x1) = -22", false },
        { "vfio 0000:01:00.0: vfio_dma_map(0x1, 0x2) = -22", false },
        { "vfio 0000:00:02.0: vfio_dma_map(0x1, 0x2) = -22", true },
        { "vfio_dma_map(0x1) = -22\n2025-11-20T20:20:31.114260Z "
          "qemu-system-x86_64: warning: vfio 0000:00:02.0: PCI peer-to-peer "
          "transactions on BARs are not supported.",
          false },
    };
    static const char *const times[] = { "2025-11-20T20:20:31.114200Z",
                                         "2025-11-20T10:00:01.000000Z",
                                         "2025-11-20T13:47:59.999999Z" };
    static struct host_guest guest;
    char log[512];
    (void)state;
    for (unsigned i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        for (unsigned j = 0; j < sizeof(times) / sizeof(times[0]); j++) {
            snprintf(log, sizeof(log),
                     "-device vfio-pci,host=0000:00:02.0 \\\n"
                     "%s qemu-system-x86_64: %s\n",
                     times[j], messages[i].said);
            guest = (struct host_guest){ 0 };
            assert_true(host_guest_parse_log(&guest, log));
            assert_int_equal(guest.messages[QEMU_MAP_FAILED][0] != '\0',
                             messages[i].failed);
        }
    }
}

static void test_proxmox(void **state)
{
    static struct host_guest guest;
    (void)state;
    guest = (struct host_guest){ 0 };
    assert_true(host_guest_parse_proxmox(
        &guest,
        "args: -set device.hostpci0.rombar=0\nhostpci0: 00:02,legacy-igd=1\n"
        "machine: q35\nvga: none\nostype: win11\n[old]\nmachine: pc\n",
        NULL));
    assert_string_equal(guest.host_address, "0000:00:02.0");
    assert_true(guest.legacy_asked && guest.rom_bar_off);
    assert_int_equal(guest.machine, MACHINE_Q35);
    assert_int_equal(guest.emulated_video, FACT_NO);
    guest = (struct host_guest){ 0 };
    assert_false(
        host_guest_parse_proxmox(&guest, "hostpci0: 0000:01:00,pcie=1\n", NULL));

    static const char mappings[] =
        "card\n\tmap id=10de:1c82,node=a,path=0000:01:00\n\nigpu\n"
        "\tdescription of path=0000:00:02.0\n"
        "\tmap id=8086:46a6,node=b,path=0000:00:02.0\n";
    static const char gpu[] = "hostpci1: mapping=igpu,pcie=1\nmachine: q35\n";
    static const char card[] = "hostpci0: mapping=card,pcie=1\n";
    guest = (struct host_guest){ 0 };
    assert_true(host_guest_parse_proxmox(&guest, gpu, mappings));
    assert_true(guest.slot_known && guest.bus);
    guest = (struct host_guest){ 0 };
    assert_false(host_guest_parse_proxmox(&guest, card, mappings));
    assert_false(host_guest_parse_proxmox(&guest, gpu, NULL));
    assert_false(host_guest_parse_proxmox(&guest, gpu, "igpu"));
    char *kept = snapshot_select_mappings(mappings);
    assert_string_equal(kept, "card\n\tmap path=0000:01:00\nigpu\n"
                              "\tmap path=0000:00:02.0\n");
    free(kept);
}

static void test_xml(void **state)
{
    static const char xml[] =
        "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>x</name>"
        "<os firmware='efi'><type machine='pc-q35-8.2'>hvm</type></os><devices>"
        "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' "
        "bus='0x00' "
        "slot='0x02' function='0x1'/></source><rom bar='off'/><address type='pci' "
        "bus='0x05' slot='0x00' function='0x0'/></hostdev>"
        "<video><model type='qxl'/></video></devices><qemu:override><qemu:device "
        "alias='hostdev0'><qemu:frontend><qemu:property name='x-igd-opregion' "
        "value='off'/></qemu:frontend></qemu:device></qemu:override></domain>";
    static struct host_guest guest;
    (void)state;
    guest = (struct host_guest){ 0 };
    assert_true(host_guest_parse_xml(&guest, xml, sizeof(xml) - 1));
    assert_string_equal(guest.host_address, "0000:00:02.1");
    assert_true(guest.slot_known && guest.bus == 5 && guest.rom_bar_off);
    assert_int_equal(guest.uefi, FACT_YES);
    assert_int_equal(guest.emulated_video, FACT_YES);
    assert_true(guest.opregion_off && !guest.opregion_on);
    guest = (struct host_guest){ 0 };
    host_guest_take_igd_options(&guest, "vfio-pci,host=00:02.0,x-igd-opregion=on");
    assert_true(guest.opregion_on && !guest.opregion_off);
    guest = (struct host_guest){ 0 };
    assert_false(host_guest_parse_xml(&guest, "<domain>", 8));
    assert_false(host_guest_parse_xml(&guest, "", 0));
}

static void test_scrub(void **state)
{
    static const struct {
        const char *before, *after;
    } texts[] = {
        { "root=UUID=3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2 ro quiet",
          "root=XXXX=XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX ro quiet" },
        { "intel_iommu=on vfio-pci.ids=8086:1912",
          "intel_iommu=on vfio-pci.ids=8086:1912" },
        { "net0: virtio=BC:24:11:A0:31:29,bridge=vmbr0",
          "net0: virtio=XX:XX:XX:XX:XX:XX,bridge=vmbr0" },
        { "pci 0000:00:02.0: BAR 2", "pci 0000:00:02.0: BAR 2" },
        { "usb 1-4: SerialNumber: ABC123", "usb 1-4: SerialNumber: XXXXXX" },
        { "<serial>WD-1</serial>", "<serial>XX-X</serial>" },
        { "/dev/disk/by-id/ata-Samsung_SSD_S3Z",
          "/dev/disk/XX-XX/XXX-XXXXXXX_XXX_XXX" },
        { "rd.lvm.lv=fedora_joe/root", "rd.lvm.lv=XXXXXX_XXX/XXXX" },
        { "file='/home/joe/x.rom'", "file='/home/XXX/x.rom'" },
        { "kernel: 6.1, hostname: box.lan)", "kernel: 6.1, hostname: XXX.XXX)" },
        { "Linux version 6.8.12 (joe@box) (gcc",
          "Linux version 6.8.12 (XXX@XXX) (gcc" },
        { "Atlantis crashed, atlantis-2 not", "XXXXXXXX crashed, atlantis-2 not" },
        { "ip=192.168.1.2::192.168.1.1", "ip=XXX.XXX.X.X::XXX.XXX.X.X" },
        { "isa-applesmc,osk=ourhardwork", "isa-applesmc,osk=XXXXXXXXXXX" },
        { "passwd='secret'", "passwd='XXXXXX'" },
        { "luks-3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2",
          "luks-XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX" },
        { "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-x",
          "CRYPT-LUKS2-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX-x" },
        { "ID=debian", "ID=debian" },
    };
    struct scrubber scrubber = { .host_name = "atlantis" };
    size_t size;
    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *clean = scrub(&scrubber, texts[i].before, &size);
        assert_string_equal(clean, texts[i].after);
        assert_int_equal(size, strlen(texts[i].before));
        free(clean);
    }
    assert_true(scrubber.counts[SCRUB_UUID] && scrubber.counts[SCRUB_SERIAL]);
    char path[] = "sys/x/3a99c6a2-d04c-47d9-94cb-21e3ebaf1df2";
    scrub_path(&scrubber, path);
    assert_string_equal(path, "sys/x/XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXX2");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),      cmocka_unit_test(test_faults),
        cmocka_unit_test(test_times),      cmocka_unit_test(test_printable),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_config),
        cmocka_unit_test(test_qemu_logs),  cmocka_unit_test(test_qemu_messages),
        cmocka_unit_test(test_proxmox),    cmocka_unit_test(test_xml),
        cmocka_unit_test(test_scrub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
