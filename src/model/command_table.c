/* command_table.c: the commands, how long each is, and what executes it. */
#include "model/command_internal.h"

#include "base/bytes.h" /* ARRAY_SIZE */

/*
 * Intel PRMs, volume 2a (command reference) of Haswell, Skylake, Ice Lake and Tiger
 * Lake; Linux i915 gt/intel_gpu_commands.h and i915_cmd_parser.c.
 */
#define MI(opcode)   0xff800000u, (uint32_t)(opcode) << 23
#define BLIT(opcode) 0xffc00000u, 2u << 29 | (uint32_t)(opcode) << 22
#define GFX(pipe, op, sub) \
    0xffff0000u, 3u << 29 | (uint32_t)(pipe) << 27 | (uint32_t)(op) << 24 | (sub) << 16

/* Memory interface: any engine. Sorted by opcode. */
static const struct command memory_commands[] = {
    { "MI_NOOP", MI(0x00), .execute = command_no_effect },
    { "MI_SET_PREDICATE", MI(0x01), .execute = command_set_predicate, .from = 75 },
    { "MI_USER_INTERRUPT", MI(0x02), .execute = command_user_interrupt },
    { "MI_WAIT_FOR_EVENT", MI(0x03) },
    { "MI_FLUSH", MI(0x04), .execute = command_no_effect },
    { "MI_ARB_CHECK", MI(0x05), .execute = command_arbitration_check },
    { "MI_RS_CONTROL", MI(0x06), .execute = command_no_effect },
    { "MI_REPORT_HEAD", MI(0x07), .execute = command_report_head },
    { "MI_ARB_ON_OFF", MI(0x08), .execute = command_arbitration },
    { "MI_URB_ATOMIC_ALLOC", MI(0x09) },
    { "MI_BATCH_BUFFER_END", MI(0x0a), .execute = command_batch_end },
    { "MI_SUSPEND_FLUSH", MI(0x0b), .execute = command_no_effect },
    { "MI_PREDICATE", MI(0x0c), .execute = command_predicate },
    { "MI_TOPOLOGY_FILTER", MI(0x0d), .execute = command_no_effect },
    { "MI_SET_APPID", MI(0x0e), .execute = command_no_effect },
    { "MI_RS_CONTEXT", MI(0x0f), .execute = command_no_effect },
    { "MI_OVERLAY_FLIP", MI(0x11), 6 },
    { "MI_LOAD_SCAN_LINES_INCL", MI(0x12), 6, .execute = command_no_effect },
    { "MI_LOAD_SCAN_LINES_EXCL", MI(0x13), 6, .execute = command_no_effect },
    { "MI_DISPLAY_FLIP", MI(0x14), 6, 3, .to = 89, .execute = command_display_flip },
    { "MI_DISPLAY_FLIP", MI(0x14), 6, .from = 90 },
    { "MI_SEMAPHORE_MBOX", MI(0x16), 6, .to = 79 },
    { "MI_SET_CONTEXT", MI(0x18), 8, 2, .execute = command_set_context },
    { "MI_URB_CLEAR", MI(0x19), 8 },
    { "MI_MATH", MI(0x1a), 8, 2, .from = 75, .execute = command_math },
    { "MI_SEMAPHORE_SIGNAL", MI(0x1b), 8, .from = 80, .execute = command_no_effect },
    { "MI_SEMAPHORE_WAIT", MI(0x1c), 8, 4, .from = 80,
      .execute = command_semaphore_wait },
    { "MI_FORCE_WAKEUP", MI(0x1d), 8, .from = 90, .execute = command_no_effect },
    { "MI_STORE_DATA_IMM", MI(0x20), 8, 4, .execute = command_store_immediate },
    { "MI_STORE_DATA_INDEX", MI(0x21), 8, 3, .execute = command_store_index },
    { "MI_LOAD_REGISTER_IMM", MI(0x22), 8, 3, .execute = command_load_immediate },
    { "MI_UPDATE_GTT", MI(0x23), 8 },
    { "MI_STORE_REGISTER_MEM", MI(0x24), 8, 3, .execute = command_store_register },
    { "MI_FLUSH_DW", MI(0x26), 6, 3, .execute = command_flush },
    { "MI_CLFLUSH", MI(0x27), 10, .execute = command_no_effect },
    { "MI_REPORT_PERF_COUNT", MI(0x28), 6 },
    { "MI_LOAD_REGISTER_MEM", MI(0x29), 8, 3, .execute = command_load_memory },
    { "MI_LOAD_REGISTER_REG", MI(0x2a), 8, 3, .from = 75,
      .execute = command_load_register },
    { "MI_RS_STORE_DATA_IMM", MI(0x2b), 8 },
    { "MI_LOAD_URB_MEM", MI(0x2c), 8 },
    { "MI_STORE_URB_MEM", MI(0x2d), 8 },
    { "MI_COPY_MEM_MEM", MI(0x2e), 8, 5, .from = 80, .execute = command_copy_memory },
    { "MI_ATOMIC", MI(0x2f), 8, 3, .from = 75, .execute = command_atomic },
    { "MI_BATCH_BUFFER_START", MI(0x31), 8, 2, .execute = command_batch_start },
    { "MI_CONDITIONAL_BATCH_BUFFER_END", MI(0x36), 8, 3,
      .execute = command_conditional_end },
};

/* The blitter's own. Those without a function draw patterns and text. */
#define B .classes = COMMAND_BLITTER
static const struct command blitter_commands[] = {
    { "XY_SETUP_BLT", BLIT(0x01), 8, B },
    { "XY_SETUP_CLIP_BLT", BLIT(0x03), 8, 3, B, .execute = blitter_setup_clip },
    { "XY_SETUP_MONO_PATTERN_SL_BLT", BLIT(0x11), 8, B },
    { "XY_PIXEL_BLT", BLIT(0x24), 8, B },
    { "XY_SCANLINES_BLT", BLIT(0x25), 8, B },
    { "XY_TEXT_BLT", BLIT(0x26), 8, B },
    { "XY_TEXT_IMMEDIATE_BLT", BLIT(0x31), 8, B },
    { "COLOR_BLT", BLIT(0x40), 8, 5, B, .execute = blitter_color },
    { "XY_FAST_COPY_BLT", BLIT(0x42), 8, 10, B, .from = 90,
      .execute = blitter_fast_copy },
    { "SRC_COPY_BLT", BLIT(0x43), 8, 6, B, .execute = blitter_copy },
    { "XY_CTRL_SURF_COPY_BLT", BLIT(0x48), 8, B },
    { "XY_COLOR_BLT", BLIT(0x50), 8, 6, B, .execute = blitter_xy_color },
    { "XY_PAT_BLT", BLIT(0x51), 8, B },
    { "XY_MONO_PAT_BLT", BLIT(0x52), 8, B },
    { "XY_SRC_COPY_BLT", BLIT(0x53), 8, 8, B, .execute = blitter_xy_copy },
    { "XY_MONO_SRC_COPY_BLT", BLIT(0x54), 8, B },
    { "XY_FULL_BLT", BLIT(0x55), 8, B },
    { "XY_FULL_MONO_SRC_BLT", BLIT(0x56), 8, B },
    { "XY_FULL_MONO_PATTERN_BLT", BLIT(0x57), 8, B },
    { "XY_FULL_MONO_PATTERN_MONO_SRC_BLT", BLIT(0x58), 8, B },
    { "XY_MONO_PAT_FIXED_BLT", BLIT(0x59), 8, B },
    { "XY_MONO_SRC_COPY_IMMEDIATE_BLT", BLIT(0x71), 8, B },
    { "XY_PAT_BLT_IMMEDIATE", BLIT(0x72), 8, B },
    { "XY_SRC_COPY_CHROMA_BLT", BLIT(0x73), 8, B },
    { "XY_FULL_IMMEDIATE_PATTERN_BLT", BLIT(0x74), 8, B },
    { "XY_FULL_MONO_SRC_IMMEDIATE_PATTERN_BLT", BLIT(0x75), 8, B },
    { "XY_PAT_CHROMA_BLT", BLIT(0x76), 8, B },
    { "XY_PAT_CHROMA_BLT_IMMEDIATE", BLIT(0x77), 8, B },
};

/* Those of 3D and media with a function, a name worth reading, or a length of its own.
 */
#define R .classes = COMMAND_RENDER
#define V .classes = COMMAND_VIDEO
static const struct command pipeline_commands[] = {
    { "PIPE_CONTROL", GFX(3, 2, 0), 8, 4, R, .execute = command_pipe_control },
    { "STATE_PREFETCH", GFX(0, 0, 3), 8, R },
    { "STATE_BASE_ADDRESS", GFX(0, 1, 1), 8, R },
    { "STATE_SIP", GFX(0, 1, 2), 8, R },
    { "GPGPU_CSR_BASE_ADDRESS", GFX(0, 1, 4), 8, R },
    { "PIPELINE_SELECT", GFX(1, 1, 4), .classes = COMMAND_RENDER },
    { "3DSTATE_VF_STATISTICS", GFX(1, 0, 0xb), .classes = COMMAND_RENDER },
    { "MFX_WAIT", GFX(1, 0, 0), .classes = COMMAND_VIDEO },
    { "MEDIA_VFE_STATE", GFX(2, 0, 0), 16, R },
    { "MEDIA_CURBE_LOAD", GFX(2, 0, 1), 16, R },
    { "MEDIA_INTERFACE_DESCRIPTOR_LOAD", GFX(2, 0, 2), 16, R },
    { "MEDIA_STATE_FLUSH", GFX(2, 0, 4), 16, R },
    { "MEDIA_POOL_STATE", GFX(2, 0, 5), 16, R },
    { "MEDIA_OBJECT", GFX(2, 1, 0), 15, R },
    { "GPGPU_OBJECT", GFX(2, 1, 4), 8, R },
    { "GPGPU_WALKER", GFX(2, 1, 5), 8, R },
    { "3DPRIMITIVE", GFX(3, 3, 0), 8, R },
    { "3DSTATE_SO_DECL_LIST", GFX(3, 1, 0x17), 9, R },
    { "3DSTATE_BINDING_TABLE_EDIT_VS", GFX(3, 0, 0x43), 9, R },
    { "3DSTATE_BINDING_TABLE_EDIT_GS", GFX(3, 0, 0x44), 9, R },
    { "3DSTATE_BINDING_TABLE_EDIT_HS", GFX(3, 0, 0x45), 9, R },
    { "3DSTATE_BINDING_TABLE_EDIT_DS", GFX(3, 0, 0x46), 9, R },
    { "3DSTATE_BINDING_TABLE_EDIT_PS", GFX(3, 0, 0x47), 9, R },
};

/* By the type in bits 31:29. Types that are not listed are no commands. */
static const struct {
    const struct command *commands;
    size_t count;
} types[8] = {
    [0] = { memory_commands, ARRAY_SIZE(memory_commands) },
    [2] = { blitter_commands, ARRAY_SIZE(blitter_commands) },
    [3] = { pipeline_commands, ARRAY_SIZE(pipeline_commands) },
};

static bool applies(const struct command *command,
                    const struct command_streamer *streamer, uint32_t header)
{
    return (header & command->mask) == command->value &&
           (!command->classes || command->classes & streamer->class) &&
           streamer->generation >= command->from &&
           (!command->to || streamer->generation <= command->to);
}

const struct command *command_find(const struct command_streamer *streamer,
                                   uint32_t header)
{
    const struct command *commands = types[header >> 29].commands;
    size_t count = types[header >> 29].count;
    for (size_t i = 0; i < count; i++) {
        if (applies(&commands[i], streamer, header))
            return &commands[i];
    }
    return NULL;
}

/* Pipelines of type 3 (bits 28:27): common, single dwords, media, 3D. */
static unsigned pipeline_length(const struct command_streamer *streamer,
                                uint32_t header)
{
    switch (header >> 27 & 3) {
    case 1:
        return 1;
    case 2:
        if (streamer->class == COMMAND_RENDER || (header >> 24 & 7) == 6)
            return (header & 0xffff) + 2;
        return (header & 0xfff) + 2;
    default:
        return (header & 0xff) + 2;
    }
}

unsigned command_default_length(const struct command_streamer *streamer,
                                uint32_t header)
{
    switch (header >> 29) {
    case 0: /* opcodes below 10 hex are single dwords */
        return header >> 23 < 0x10 ? 1 : (header & 0x3f) + 2;
    case 2:
        return (header & 0xff) + 2;
    case 3:
        return pipeline_length(streamer, header);
    default:
        return 0;
    }
}
