/*
 * dsdt.asl: the devices of the virtual PC as the guest's ACPI sees them: i440FX and
 * PIIX (82371SB for interrupts, 82371AB for power management).
 *
 * HSTA, HEND, the four X names and SERS are placeholders: acpi_aml.c writes the bounds of
 * the PCI windows, and how many serial ports there are, over their values, which therefore
 * must stay 32-bit constants. (And SeaBIOS, which looks for devices here, stops reading at
 * a 64-bit constant.)
 */
DefinitionBlock ("", "DSDT", 2, "IGDVM ", "IGDVMDSD", 1)
{
    /* Soft off is sleep type 0 of the 82371AB; it has no other state we offer. */
    Name (\_S5, Package () { Zero, Zero, Zero, Zero })

    Scope (\_SB)
    {
        Name (SERS, 0xA55A1007)         /* serial ports, from COM1 on */
        Name (HSTA, 0xA55A1001)         /* first and last byte of the 32-bit window */
        Name (HEND, 0xA55A1002)
        Name (XSTL, 0xA55A1003)         /* and of the 64-bit one, low and high half; */
        Name (XSTH, 0xA55A1004)         /* last byte 0: there is none */
        Name (XENL, 0xA55A1005)
        Name (XENH, 0xA55A1006)

        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, Zero)

            Name (LOWW, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0, 0, 255, 0, 256)
                IO (Decode16, 0x0CF8, 0x0CF8, 1, 8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0, 0x0000, 0x0CF7, 0, 0x0CF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0, 0x0D00, 0xFFFF, 0, 0xF300)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    Cacheable, ReadWrite, 0, 0x000A0000, 0x000BFFFF, 0, 0x00020000)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite, 0, 0xE0000000, 0xFEBFFFFF, 0, 0x1EC00000,
                    , , LOWM)
            })
            Name (HIGW, ResourceTemplate ()
            {
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    Cacheable, ReadWrite, 0, 0x8000000000, 0xFFFFFFFFFF, 0,
                    0x8000000000, , , HIGM)
            })

            Method (_CRS, 0, Serialized)
            {
                CreateDWordField (LOWW, \_SB.PCI0.LOWM._MIN, LMIN)
                CreateDWordField (LOWW, \_SB.PCI0.LOWM._MAX, LMAX)
                CreateDWordField (LOWW, \_SB.PCI0.LOWM._LEN, LLEN)
                LMIN = HSTA
                LMAX = HEND
                LLEN = HEND - HSTA + 1
                If (XENH == Zero)
                {
                    Return (LOWW)
                }
                CreateQWordField (HIGW, \_SB.PCI0.HIGM._MIN, HMIN)
                CreateQWordField (HIGW, \_SB.PCI0.HIGM._MAX, HMAX)
                CreateQWordField (HIGW, \_SB.PCI0.HIGM._LEN, HLEN)
                HMIN = (XSTH << 32) | XSTL
                HMAX = (XENH << 32) | XENL
                HLEN = HMAX - HMIN + 1
                Return (ConcatenateResTemplate (LOWW, HIGW))
            }

            /*
             * Pin p (0 to 3) of slot s goes to link (s + p - 1) & 3, as the PIIX
             * boards wire it; but the power management function, pin A of slot 1,
             * raises SCI itself.
             */
#define PIN(s, p, link)      Package () { (s << 16) | 0xFFFF, p, link, Zero }
#define SLOT(s, a, b, c, d)  PIN (s, 0, a), PIN (s, 1, b), PIN (s, 2, c), PIN (s, 3, d)
#define FROM_A(s)            SLOT (s, LNKA, LNKB, LNKC, LNKD)
#define FROM_B(s)            SLOT (s, LNKB, LNKC, LNKD, LNKA)
#define FROM_C(s)            SLOT (s, LNKC, LNKD, LNKA, LNKB)
#define FROM_D(s)            SLOT (s, LNKD, LNKA, LNKB, LNKC)
            Name (_PRT, Package ()
            {
                FROM_D (0), SLOT (1, LNKS, LNKB, LNKC, LNKD), FROM_B (2), FROM_C (3),
                FROM_D (4), FROM_A (5), FROM_B (6), FROM_C (7),
                FROM_D (8), FROM_A (9), FROM_B (10), FROM_C (11),
                FROM_D (12), FROM_A (13), FROM_B (14), FROM_C (15),
                FROM_D (16), FROM_A (17), FROM_B (18), FROM_C (19),
                FROM_D (20), FROM_A (21), FROM_B (22), FROM_C (23),
                FROM_D (24), FROM_A (25), FROM_B (26), FROM_C (27),
                FROM_D (28), FROM_A (29), FROM_B (30), FROM_C (31)
            })

            Device (ISA)
            {
                Name (_ADR, 0x00010000)
                /* PIRQRC[A:D]: bit 7 off, bits 3:0 the interrupt (82371SB). */
                OperationRegion (PIRQ, PCI_Config, 0x60, 4)
                Field (PIRQ, ByteAcc, NoLock, Preserve)
                {
                    PRQA, 8,
                    PRQB, 8,
                    PRQC, 8,
                    PRQD, 8
                }

                Device (RTC)
                {
                    Name (_HID, EisaId ("PNP0B00"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0070, 0x0070, 1, 2)
                        IRQNoFlags () { 8 }
                    })
                }

                Device (KBD)
                {
                    Name (_HID, EisaId ("PNP0303"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0060, 0x0060, 1, 1)
                        IO (Decode16, 0x0064, 0x0064, 1, 1)
                        IRQNoFlags () { 1 }
                    })
                }

                Device (MOU)
                {
                    Name (_HID, EisaId ("PNP0F13"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IRQNoFlags () { 12 }
                    })
                }

#define SERIAL(name, number, port, irq) \
                Device (name) \
                { \
                    Name (_HID, EisaId ("PNP0501")) \
                    Name (_UID, number) \
                    Method (_STA) \
                    { \
                        If (SERS < number) { Return (Zero) } \
                        Return (0x0F) \
                    } \
                    Name (_CRS, ResourceTemplate () \
                    { \
                        IO (Decode16, port, port, 1, 8) \
                        IRQ (Edge, ActiveHigh, Shared) { irq } \
                    }) \
                }
                SERIAL (COM1, 1, 0x03F8, 4)
                SERIAL (COM2, 2, 0x02F8, 3)
                SERIAL (COM3, 3, 0x03E8, 4)
                SERIAL (COM4, 4, 0x02E8, 3)

                Device (PIC)
                {
                    Name (_HID, EisaId ("PNP0000"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0020, 0x0020, 1, 2)
                        IO (Decode16, 0x00A0, 0x00A0, 1, 2)
                        IO (Decode16, 0x04D0, 0x04D0, 1, 2)
                        IRQNoFlags () { 2 }
                    })
                }

                Device (TMR)
                {
                    Name (_HID, EisaId ("PNP0100"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0040, 0x0040, 1, 4)
                        IRQNoFlags () { 0 }
                    })
                }

                Device (SPKR)
                {
                    Name (_HID, EisaId ("PNP0800"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0061, 0x0061, 1, 1)
                    })
                }

                Device (DMAC)
                {
                    Name (_HID, EisaId ("PNP0200"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0000, 0x0000, 1, 16)
                        IO (Decode16, 0x0080, 0x0080, 1, 16)
                        IO (Decode16, 0x00C0, 0x00C0, 1, 32)
                        DMA (Compatibility, NotBusMaster, Transfer8_16) { 4 }
                    })
                }

                /* Ports that are taken: fast A20, SMI command, debug, PM, GPE0. */
                Device (SYSR)
                {
                    Name (_HID, EisaId ("PNP0C02"))
                    Name (_UID, One)
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0092, 0x0092, 1, 1)
                        IO (Decode16, 0x00B2, 0x00B2, 1, 2)
                        IO (Decode16, 0x0402, 0x0402, 1, 1)
                        IO (Decode16, 0x0600, 0x0600, 1, 64)
                        IO (Decode16, 0xAFE0, 0xAFE0, 1, 4)
                    })
                }
            }
        }

        /* Shown to the guest (so that its driver binds), but not in a menu. */
        Device (FWCF)
        {
            Name (_HID, "QEMU0002")
            Name (_STA, 0x0B)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0510, 0x0510, 1, 12)
            })
        }

        /* What all links can take, and one interrupt as _CRS answers it. */
        Name (LPRS, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 5, 10, 11 }
        })

        Name (LRES, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveHigh, Shared, , , IRQR) { 0 }
        })

        /* PIRQRC's value as a resource; off is interrupt 0. */
        Method (LCRS, 1, Serialized)
        {
            CreateDWordField (LRES, \_SB.IRQR._INT, NUMB)
            If ((Arg0 & 0x80) == Zero)
            {
                NUMB = Arg0 & 0x0F
            }
            Else
            {
                NUMB = Zero
            }
            Return (LRES)
        }

        Method (LSTA, 1)
        {
            If (Arg0 & 0x80)
            {
                Return (0x09)
            }
            Return (0x0B)
        }

#define LINK(name, number, register) \
        Device (name) \
        { \
            Name (_HID, EisaId ("PNP0C0F")) \
            Name (_UID, number) \
            Method (_STA) { Return (LSTA (register)) } \
            Method (_PRS) { Return (LPRS) } \
            Method (_CRS) { Return (LCRS (register)) } \
            Method (_DIS) { register |= 0x80 } \
            Method (_SRS, 1) { CreateDWordField (Arg0, 5, NUMB) register = NUMB } \
        }
        LINK (LNKA, 0, \_SB.PCI0.ISA.PRQA)
        LINK (LNKB, 1, \_SB.PCI0.ISA.PRQB)
        LINK (LNKC, 2, \_SB.PCI0.ISA.PRQC)
        LINK (LNKD, 3, \_SB.PCI0.ISA.PRQD)

        /* SCI's own line: always interrupt 9. */
        Device (LNKS)
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 4)
            Name (_STA, 0x0B)
            Name (_PRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 9 }
            })
            Name (_CRS, ResourceTemplate ()
            {
                Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) { 9 }
            })
            Method (_DIS) { }
            Method (_SRS, 1) { }
        }
    }
}
