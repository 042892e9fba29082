# gdb helpers for K, the um process.  Documentation/debugging.md shows them in use.
#
#   gdb -p PID-OF-UM -x tools/um-gdb.py
#
#   um-tasks        all guest tasks: state, host thread, what each waits in
#   um-regs PID     a task's user registers
#   um-bt PID       where a sleeping task's kernel code is
#   um-records [N]  the last system calls and signals
#   um-maps PID     a task's memory areas
#   um-log [N]      the kernel log
#   um-channels     the reflect gate's host threads, and what their channels say
#
# All commands only read: they work on a running um that gdb has stopped, and on a core file.
# What depends on the CPU is SWITCH_FRAMES.
import gdb
import gdb.unwinder

# --- reading K's structures


def symbol(name, file=None):
    return gdb.parse_and_eval(("'%s'::%s" % (file, name)) if file else name)


def entries(head, type_name, member):
    """The objects on a struct list_head, which they are on by `member`."""
    kind = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    char = gdb.lookup_type('char').pointer()
    node = head['next']
    while node != head.address:
        yield (node.cast(char) - offset).cast(kind.pointer()).dereference()
        node = node['next']


def all_tasks():
    return entries(symbol('all_tasks'), 'struct task', 'all_node')


def find_task(text):
    try:
        pid = int(gdb.parse_and_eval(text))
    except (gdb.error, ValueError):
        raise gdb.GdbError('which pid?')
    for task in all_tasks():
        if int(task['pid']) == pid:
            return task
    raise gdb.GdbError('no task has pid %d; um-tasks lists them' % pid)


def number(text, default):
    return int(gdb.parse_and_eval(text)) if text.strip() else default


def text_of(array):
    """What a char array holds up to its NUL."""
    data = bytes(int(array[i]) & 0xff for i in range(array.type.sizeof))
    return data.split(b'\0')[0].decode(errors='replace')


def enum_name(value, prefix):
    for field in value.type.strip_typedefs().fields():
        if field.enumval == int(value):
            return field.name.replace(prefix, '').lower()
    return str(int(value))


def state_name(task):
    return enum_name(task['state'], 'TASK_')


def call_name(nr):
    table = symbol('sys_call_table')
    if nr < 0 or nr >= int(symbol('nr_syscalls')) or not table[nr]:
        return None
    return table[nr]['name'].string()


def host_tid(task):
    thread = task['gthread']
    return int(thread['tid']) if thread else 0


# --- sleeping fibers

# What switch_to (arch/sys-X/switch_to.S) leaves on a fiber's stack, from its saved pointer up, in
# words; None for what is no register.  By gdb's name of the CPU.
SWITCH_FRAMES = {
    'i386:x86-64': [None, 'r15', 'r14', 'r13', 'r12', 'rbx', 'rbp', 'rip'],
    'i386': [None, None, 'edi', 'esi', 'ebx', 'ebp', 'eip'],
}
STACK_POINTER = {'i386:x86-64': 'rsp', 'i386': 'esp'}
PROGRAM_COUNTER = {'i386:x86-64': 'rip', 'i386': 'eip'}


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class FiberUnwinder(gdb.unwinder.Unwinder):
    """While `registers` is set, gdb's innermost frame seems to have been called from the fiber
    whose registers they are; from there gdb unwinds by itself."""

    def __init__(self):
        super().__init__('um-fiber')
        self.registers = None
        self.innermost_sp = None

    def __call__(self, pending):
        if self.registers is None:
            return None
        arch = pending.architecture().name()
        sp = pending.read_register(STACK_POINTER[arch])
        if int(sp) != self.innermost_sp:
            return None
        pc = pending.read_register(PROGRAM_COUNTER[arch])
        # gdb takes a caller's frame that is further in for a sign of a corrupt stack; which of
        # the two stacks is the lower one is chance, so this frame claims to be on the fiber's.
        info = pending.create_unwind_info(FrameId(self.registers[STACK_POINTER[arch]] - 256, pc))
        for name, value in self.registers.items():
            info.add_saved_register(name, value)
        return info


unwinder = FiberUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def switch_registers(fiber):
    """The registers that switch_to will load, by name."""
    arch = gdb.newest_frame().architecture().name()
    if arch not in SWITCH_FRAMES:
        raise gdb.GdbError('SWITCH_FRAMES in um-gdb.py has no entry for ' + arch)
    word = gdb.lookup_type('unsigned long')
    frame = fiber['sp'].cast(word.pointer())
    names = SWITCH_FRAMES[arch]
    registers = {name: frame[i] for i, name in enumerate(names) if name}
    registers[STACK_POINTER[arch]] = (frame + len(names)).cast(word)
    return registers, STACK_POINTER[arch]


class FiberFrames:
    """with FiberFrames(fiber) as frames: its frames, innermost first."""

    def __init__(self, fiber):
        self.fiber = fiber

    def __enter__(self):
        registers, sp_name = switch_registers(self.fiber)
        gdb.newest_frame().select()
        # A value that is still lazy would be read after gdb has forgotten its frames.
        for value in registers.values():
            value.fetch_lazy()
        unwinder.innermost_sp = int(gdb.newest_frame().read_register(sp_name))
        unwinder.registers = registers
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame()
        wanted = int(registers[sp_name])
        while frame is not None and int(frame.read_register(sp_name)) != wanted:
            frame = frame.older()
        frames = []
        while frame is not None and frame.pc():  # a fiber's first function has no caller
            frames.append(frame)
            frame = frame.older()
        return frames

    def __exit__(self, *unused):
        unwinder.registers = None
        gdb.invalidate_cached_frames()


def has_sleeping_fiber(task):
    return bool(task['fiber']) and task['fiber'] != symbol('running_fiber')


# How every sleep ends, and how every task begins.
SLEEPING = {'switch_to', 'fiber_switch', 'schedule', 'sleep_until', 'yield', 'mutex_lock',
            'host_work', 'user_mode_run'}
BEGINNING = {'task_main', 'fiber_entry'}


def waits_in(task):
    """The innermost function that is not the sleeping itself, and the system call."""
    if not has_sleeping_fiber(task):
        return 'runs' if task['fiber'] else ''
    if state_name(task) == 'user':
        return '(user code)'
    where = '?'
    with FiberFrames(task['fiber']) as frames:
        for frame in frames:
            name = frame.name()
            if name and name not in SLEEPING:
                where = '(not started)' if name in BEGINNING else name
                break
    call = call_name(int(task['syscall_nr']))
    return '%s in %s' % (where, call) if call else where


# --- commands


class TasksCommand(gdb.Command):
    """um-tasks: lists the guest's tasks: guest pid and tgid, state, host thread, name, and the
kernel function that a sleeping one waits in, with the system call it is in."""

    def __init__(self):
        super().__init__('um-tasks', gdb.COMMAND_STATUS)

    def invoke(self, arg, from_tty):
        print('%5s %5s %-15s %7s %-16s %s' % ('PID', 'TGID', 'STATE', 'HOST', 'COMMAND',
                                              'WAITS IN'))
        current = symbol('current_task')
        for task in all_tasks():
            print('%5d %5d %-15s %7s %-16s %s%s' % (
                int(task['pid']), int(task['tgid']), state_name(task), host_tid(task) or '-',
                text_of(task['comm']), waits_in(task),
                ' <- current' if task.address == current else ''))


class RegsCommand(gdb.Command):
    """um-regs PID: the task's user registers, as K has them.  Those of a task whose user code
runs are what they were when it left K."""

    def __init__(self):
        super().__init__('um-regs', gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        task = find_task(arg)
        regs = task['regs']
        if regs['sc']:
            print('the registers are in the signal frame at %#x:' % int(regs['sc']))
            print(regs['sc'].cast(gdb.lookup_type('struct sigcontext').pointer()).dereference())
            return
        fields = gdb.parse_and_eval('HOST_IP').type.fields()
        names = [f.name.replace('HOST_', '') for f in fields if f.name.startswith('HOST_')]
        for i in range(0, len(names), 3):
            print('  '.join('%-8s %#018x' % (name.lower(), int(regs['gp'][i + k]))
                            for k, name in enumerate(names[i:i + 3])))
        nr = int(regs['syscall'])
        print('system call %d %s' % (nr, '(%s)' % call_name(nr) if call_name(nr) else ''))
        if state_name(task) == 'user':
            print('(its user code runs: these are from when it left K)')


class BacktraceCommand(gdb.Command):
    """um-bt PID: the kernel stack of a task that sleeps."""

    def __init__(self):
        super().__init__('um-bt', gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        task = find_task(arg)
        if not task['fiber']:
            raise gdb.GdbError('the task has ended: it has no fiber')
        if not has_sleeping_fiber(task):
            print('its fiber runs now:')
            gdb.execute('bt')
            return
        with FiberFrames(task['fiber']) as frames:
            for i, frame in enumerate(frames):
                where = frame.find_sal()
                place = ' at %s:%d' % (where.symtab.filename, where.line) if where.symtab else ''
                print('#%-2d %#x %s (%s)%s' % (i, frame.pc(), frame.name() or '?',
                                               self.arguments(frame), place))

    @staticmethod
    def arguments(frame):
        if not frame.function():
            return ''
        shown = []
        for sym in arguments_of(frame):
            try:
                value = sym.value(frame)
                shown.append('%s=%s' % (sym.name, value.format_string(max_elements=8, symbols=False)
                                        if is_scalar(value) else '...'))
            except (gdb.error, gdb.MemoryError):
                shown.append('%s=?' % sym.name)
        return ', '.join(shown)


def arguments_of(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return []
    while block and not block.function:
        block = block.superblock
    return [sym for sym in block or [] if sym.is_argument]


def is_scalar(value):
    return value.type.strip_typedefs().code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION,
                                                    gdb.TYPE_CODE_ARRAY)


class RecordsCommand(gdb.Command):
    """um-records [N]: the last N (16) system calls and signals that K saw, newest last.  Times are
in seconds since um's start; a call without a result has not returned."""

    def __init__(self):
        super().__init__('um-records', gdb.COMMAND_DATA)

    @staticmethod
    def last(ring, index, count):
        ring, index = symbol(ring), int(symbol(index))
        size = ring.type.range()[1] + 1
        for i in range(min(count, size), 0, -1):
            entry = ring[(index + size - i) % size]
            if int(entry['pid']):
                yield entry

    def invoke(self, arg, from_tty):
        count = number(arg, 16)
        print('%14s %5s %7s %-22s %-18s %s' % ('TIME', 'PID', 'HOST', 'SYSTEM CALL', 'IP',
                                               'RESULT'))
        for e in self.last('syscall_record', 'syscall_index', count):
            nr, result = int(e['nr']), int(e['result'])
            shown = '-' if result == 0xdeadbeef else \
                str(int(e['result'].cast(gdb.lookup_type('long'))))
            print('%14.6f %5d %7d %-22s %#-18x %s' % (
                int(e['time']) / 1e9, int(e['pid']), int(e['host_pid']), call_name(nr) or nr,
                int(e['ip']), shown))
        print('%14s %5s %7s %-22s %-18s %s' % ('TIME', 'PID', 'HOST', 'SIGNAL', 'IP', 'ADDRESS'))
        for e in self.last('signal_record', 'signal_index', count):
            print('%14.6f %5d %7d %-22d %#-18x %#x' % (
                int(e['time']) / 1e9, int(e['pid']), int(e['host_pid']), int(e['sig']),
                int(e['ip']), int(e['addr'])))


class MapsCommand(gdb.Command):
    """um-maps PID: the task's memory areas.  File names are as in their own file system."""

    def __init__(self):
        super().__init__('um-maps', gdb.COMMAND_DATA)

    @staticmethod
    def path(dentry):
        names = []
        while dentry and dentry['parent'] and dentry['parent'] != dentry:
            names.append(dentry['name']['name'].string(errors='replace'))
            dentry = dentry['parent']
        return '/' + '/'.join(reversed(names))

    def invoke(self, arg, from_tty):
        mm = find_task(arg)['mm']
        if not mm:
            raise gdb.GdbError('the task has no memory: a kernel thread, or ended')
        shift = self.page_shift()
        for vma in entries(mm['areas'], 'struct vm_area', 'list'):
            flags = int(vma['flags'])
            rights = ''.join(c if flags & bit else '-' for c, bit in (('r', 1), ('w', 2), ('x', 4)))
            name = ''
            if vma['file']:
                name = '%08x %s' % (int(vma['pgoff']) << shift,
                                    self.path(vma['file']['path']['dentry']))
            elif int(vma['start']) < int(mm['brk']) and int(vma['end']) > int(mm['start_brk']):
                name = '[heap]'
            elif int(vma['start']) <= int(mm['start_stack']) <= int(vma['end']):
                name = '[stack]'
            print('%012x-%012x %s%s %s' % (int(vma['start']), int(vma['end']), rights,
                                           's' if flags & 0x80 else 'p', name))

    @staticmethod
    def page_shift():
        """From physmem: how large a page is."""
        size = int(symbol('physmem_size')) // int(symbol('physmem_pages'))
        return size.bit_length() - 1


class LogCommand(gdb.Command):
    """um-log [N]: the last N (all) records of the kernel log, with their levels."""

    def __init__(self):
        super().__init__('um-log', gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        records = symbol('records', 'kernel/printk.c')
        end = int(symbol('next_seq', 'kernel/printk.c'))
        size = records.type.range()[1] + 1
        count = min(number(arg, size), size, end)
        for seq in range(end - count, end):
            rec = records[seq % size]
            time = int(rec['time'])
            print('<%d>[%5d.%06d] %s' % (int(rec['level']), time // 10**9,
                                         time % 10**9 // 1000, text_of(rec['text'])))


# channel.state, as include/um/layer.h has it.
CHANNEL_STATES = {0: 'RUN', 1: 'CALL', 2: 'CALL_PARK', 3: 'CALL_ASLEEP', 4: 'CALL_DONE',
                  5: 'CALL_MAP', 6: 'CALL_FULL', 7: 'CALL_HARD', 8: 'TRAP', 9: 'TRAP_PARK',
                  10: 'TRAP_ASLEEP', 11: 'TRAP_GO', 12: 'SOFT', 13: 'SOFT_PARK',
                  14: 'SOFT_ASLEEP'}


class ChannelsCommand(gdb.Command):
    """um-channels: the reflect gate's spaces with the operations posted to their mapper, those that
it has acknowledged, and those that it says are done; and their threads: the guest's task, where
K has the thread, and its channel's state and system call.  '*': K waits for its event."""

    def __init__(self):
        super().__init__('um-channels', gdb.COMMAND_STATUS)

    def invoke(self, arg, from_tty):
        if symbol('gate') != symbol('reflect_gate').address:
            print('the reflect gate is not in use')
            return
        spaces = symbol('all_spaces', 'kernel/gate/reflect_space.c')
        print('%7s %-9s %10s %10s %10s' % ('SPACE', 'STATE', 'POSTED', 'ACKED', 'DONE'))
        for space in entries(spaces, 'struct space', 'all_node'):
            print('%7d %-9s %10d %10d %10d%s%s' % (
                int(space['pid']), enum_name(space['state'], 'SP_'), int(space['posted']),
                int(space['acked']), int(space['common']['done']),
                ' dead' if space['dead'] else '', ' failed' if space['failed'] else ''))
            for thread in entries(space['threads'], 'struct gate_thread', 'node'):
                self.show(thread)

    @staticmethod
    def show(thread):
        channel, task = thread['ch'], thread['task']
        state, nr = int(channel['state']), int(channel['nr'])
        who = '%d %s' % (int(task['pid']), text_of(task['comm'])) if task else '(spare)'
        waits = '*' if thread['run_node']['next'] != thread['run_node'].address else ' '
        print('    %s%7d  %-22s %-9s %-12s %s%s%s' % (
            waits, int(thread['tid']), who, enum_name(thread['at'], 'TH_'),
            CHANNEL_STATES.get(state, '%#x' % state),
            call_name(nr) if nr < 4096 else '-',
            ' interrupted' if thread['interrupted'] else '', ' dead' if thread['dead'] else ''))


for command in (TasksCommand, RegsCommand, BacktraceCommand, RecordsCommand, MapsCommand,
                LogCommand, ChannelsCommand):
    command()
