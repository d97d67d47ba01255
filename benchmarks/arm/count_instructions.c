// SPDX-License-Identifier: MIT
/* A plugin of QEMU's emulation that prints how many instructions a program executed in each function
 * of which it has a symbol, and how many of them were multiplications of fliqe's kernels:
 *
 *   gcc -shared -fPIC -o count_instructions.so count_instructions.c
 *   qemu-aarch64 -plugin ./count_instructions.so -d plugin PROGRAM
 *
 * Each line holds the two numbers and a name. Whenever the program enters a function `fliqe_step_ended`, the
 * counts since the last time are printed, then a line "0 0 step".
 *
 * Declares what it uses of QEMU's plugin interface, version 1, whose header Debian 12 does not
 * package (QEMU, "QEMU TCG Plugins", https://www.qemu.org/docs/master/devel/tcg-plugins.html). */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
typedef void (*translated)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*entered)(unsigned vcpu, void *data);
typedef void (*ended)(qemu_plugin_id_t id, void *data);
enum { add_u64 = 0, no_registers = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated callback);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation,
                                              void *counter, uint64_t value);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, entered callback, int registers,
                                          void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, ended callback, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *instruction);
void qemu_plugin_outs(const char *text);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* The last one takes what does not fit. */
enum { most_functions = 8192 };
static struct function {
  const char *name;
  uint64_t executed, multiplications;
} functions[most_functions];
static size_t function_count;

static struct function *function_of(const char *name) {
  size_t i;
  if (name == NULL) name = "(no symbol)";
  for (i = 0; i < function_count; ++i) {
    if (strcmp(functions[i].name, name) == 0) return &functions[i];
  }
  if (function_count == most_functions) return &functions[most_functions - 1];
  functions[function_count].name = name;
  return &functions[function_count++];
}

/* Arm Architecture Reference Manual, C7.2. */
static int is_multiplication(uint32_t code) {
  static const struct {
    uint32_t mask, value;
  } kinds[] = {
      {0xffc0f400, 0x4f801000}, /* fmla by element, 4 floats */
      {0xffc0f400, 0x4f80e000}, /* sdot by element, 16 bytes */
      {0xffe0fc00, 0x4e80ac00}, /* usmmla */
      {0xffe0fc00, 0x6e40ec00}, /* bfmmla */
      {0xfffffc00, 0x4e606800}, /* sadalp, which ends each product of NEON's int8 */
  };
  size_t i;
  for (i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    if ((code & kinds[i].mask) == kinds[i].value) return 1;
  }
  return 0;
}

static uint64_t multiplications_in(const struct qemu_plugin_tb *block) {
  uint64_t found = 0;
  size_t i;
  for (i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    uint32_t code;
    memcpy(&code, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(block, i)), sizeof code);
    found += (uint64_t)is_multiplication(code);
  }
  return found;
}

static void print_line(uint64_t executed, uint64_t multiplications, const char *name) {
  char numbers[64];
  snprintf(numbers, sizeof numbers, "%" PRIu64 " %" PRIu64 " ", executed, multiplications);
  qemu_plugin_outs(numbers);
  qemu_plugin_outs(name);
  qemu_plugin_outs("\n");
}

static void print_counts(void) {
  size_t i;
  for (i = 0; i < function_count; ++i) {
    struct function *each = &functions[i];
    if (each->executed != 0) print_line(each->executed, each->multiplications, each->name);
    each->executed = each->multiplications = 0;
  }
}

static void end_step(unsigned vcpu, void *data) {
  (void)vcpu;
  (void)data;
  print_counts();
  print_line(0, 0, "step");
}

static void end_program(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  print_counts();
}

static void count(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  const char *name = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(block, 0));
  (void)id;
  if (name != NULL && strcmp(name, "fliqe_step_ended") == 0) {
    qemu_plugin_register_vcpu_tb_exec_cb(block, end_step, no_registers, NULL);
    return;
  }
  struct function *const function = function_of(name);
  const uint64_t multiplications = multiplications_in(block);
  qemu_plugin_register_vcpu_tb_exec_inline(block, add_u64, &function->executed,
                                           qemu_plugin_tb_n_insns(block));
  if (multiplications != 0) {
    qemu_plugin_register_vcpu_tb_exec_inline(block, add_u64, &function->multiplications,
                                             multiplications);
  }
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                               const struct qemu_info_t *info,
                                                               int argc, char **argv) {
  (void)info;
  (void)argc;
  (void)argv;
  qemu_plugin_register_vcpu_tb_trans_cb(id, count);
  qemu_plugin_register_atexit_cb(id, end_program, NULL);
  return 0;
}
