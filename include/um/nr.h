/* Names of calls that not every CPU has, or that only newer headers know: NR_NONE there.  The
 * numbers themselves are the UAPI's.  (nanosleep_time64 is nobody's: 32-bit CPUs have
 * clock_nanosleep_time64 for it.) */
#ifndef UM_NR_H
#define UM_NR_H

#include <asm/unistd.h>

#define NR_NONE (-1)

#ifndef __NR__llseek
#define __NR__llseek NR_NONE
#endif
#ifndef __NR__newselect
#define __NR__newselect NR_NONE
#endif
#ifndef __NR_accept
#define __NR_accept NR_NONE
#endif
#ifndef __NR_access
#define __NR_access NR_NONE
#endif
#ifndef __NR_alarm
#define __NR_alarm NR_NONE
#endif
#ifndef __NR_arch_prctl
#define __NR_arch_prctl NR_NONE
#endif
#ifndef __NR_cachestat
#define __NR_cachestat NR_NONE
#endif
#ifndef __NR_chmod
#define __NR_chmod NR_NONE
#endif
#ifndef __NR_chown
#define __NR_chown NR_NONE
#endif
#ifndef __NR_chown32
#define __NR_chown32 NR_NONE
#endif
#ifndef __NR_clock_adjtime
#define __NR_clock_adjtime NR_NONE
#endif
#ifndef __NR_clock_adjtime64
#define __NR_clock_adjtime64 NR_NONE
#endif
#ifndef __NR_clock_getres
#define __NR_clock_getres NR_NONE
#endif
#ifndef __NR_clock_getres_time64
#define __NR_clock_getres_time64 NR_NONE
#endif
#ifndef __NR_clock_gettime
#define __NR_clock_gettime NR_NONE
#endif
#ifndef __NR_clock_gettime64
#define __NR_clock_gettime64 NR_NONE
#endif
#ifndef __NR_clock_nanosleep
#define __NR_clock_nanosleep NR_NONE
#endif
#ifndef __NR_clock_nanosleep_time64
#define __NR_clock_nanosleep_time64 NR_NONE
#endif
#ifndef __NR_clock_settime
#define __NR_clock_settime NR_NONE
#endif
#ifndef __NR_clock_settime64
#define __NR_clock_settime64 NR_NONE
#endif
#ifndef __NR_clone3
#define __NR_clone3 NR_NONE
#endif
#ifndef __NR_close_range
#define __NR_close_range NR_NONE
#endif
#ifndef __NR_creat
#define __NR_creat NR_NONE
#endif
#ifndef __NR_dup2
#define __NR_dup2 NR_NONE
#endif
#ifndef __NR_epoll_create
#define __NR_epoll_create NR_NONE
#endif
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 NR_NONE
#endif
#ifndef __NR_epoll_wait
#define __NR_epoll_wait NR_NONE
#endif
#ifndef __NR_eventfd
#define __NR_eventfd NR_NONE
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 NR_NONE
#endif
#ifndef __NR_fadvise64
#define __NR_fadvise64 NR_NONE
#endif
#ifndef __NR_fadvise64_64
#define __NR_fadvise64_64 NR_NONE
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 NR_NONE
#endif
#ifndef __NR_fchown
#define __NR_fchown NR_NONE
#endif
#ifndef __NR_fchown32
#define __NR_fchown32 NR_NONE
#endif
#ifndef __NR_fcntl
#define __NR_fcntl NR_NONE
#endif
#ifndef __NR_fcntl64
#define __NR_fcntl64 NR_NONE
#endif
#ifndef __NR_fork
#define __NR_fork NR_NONE
#endif
#ifndef __NR_fstat
#define __NR_fstat NR_NONE
#endif
#ifndef __NR_fstat64
#define __NR_fstat64 NR_NONE
#endif
#ifndef __NR_fstatat64
#define __NR_fstatat64 NR_NONE
#endif
#ifndef __NR_fstatfs
#define __NR_fstatfs NR_NONE
#endif
#ifndef __NR_fstatfs64
#define __NR_fstatfs64 NR_NONE
#endif
#ifndef __NR_ftruncate
#define __NR_ftruncate NR_NONE
#endif
#ifndef __NR_ftruncate64
#define __NR_ftruncate64 NR_NONE
#endif
#ifndef __NR_futex
#define __NR_futex NR_NONE
#endif
#ifndef __NR_futex_time64
#define __NR_futex_time64 NR_NONE
#endif
#ifndef __NR_futex_waitv
#define __NR_futex_waitv NR_NONE
#endif
#ifndef __NR_futimesat
#define __NR_futimesat NR_NONE
#endif
#ifndef __NR_get_thread_area
#define __NR_get_thread_area NR_NONE
#endif
#ifndef __NR_getdents
#define __NR_getdents NR_NONE
#endif
#ifndef __NR_getegid
#define __NR_getegid NR_NONE
#endif
#ifndef __NR_getegid32
#define __NR_getegid32 NR_NONE
#endif
#ifndef __NR_geteuid
#define __NR_geteuid NR_NONE
#endif
#ifndef __NR_geteuid32
#define __NR_geteuid32 NR_NONE
#endif
#ifndef __NR_getgid
#define __NR_getgid NR_NONE
#endif
#ifndef __NR_getgid32
#define __NR_getgid32 NR_NONE
#endif
#ifndef __NR_getgroups
#define __NR_getgroups NR_NONE
#endif
#ifndef __NR_getgroups32
#define __NR_getgroups32 NR_NONE
#endif
#ifndef __NR_getitimer
#define __NR_getitimer NR_NONE
#endif
#ifndef __NR_getpgrp
#define __NR_getpgrp NR_NONE
#endif
#ifndef __NR_getresgid
#define __NR_getresgid NR_NONE
#endif
#ifndef __NR_getresgid32
#define __NR_getresgid32 NR_NONE
#endif
#ifndef __NR_getresuid
#define __NR_getresuid NR_NONE
#endif
#ifndef __NR_getresuid32
#define __NR_getresuid32 NR_NONE
#endif
#ifndef __NR_getrlimit
#define __NR_getrlimit NR_NONE
#endif
#ifndef __NR_getrusage
#define __NR_getrusage NR_NONE
#endif
#ifndef __NR_gettimeofday
#define __NR_gettimeofday NR_NONE
#endif
#ifndef __NR_getuid
#define __NR_getuid NR_NONE
#endif
#ifndef __NR_getuid32
#define __NR_getuid32 NR_NONE
#endif
#ifndef __NR_inotify_init
#define __NR_inotify_init NR_NONE
#endif
#ifndef __NR_ipc
#define __NR_ipc NR_NONE
#endif
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset NR_NONE
#endif
#ifndef __NR_lchown
#define __NR_lchown NR_NONE
#endif
#ifndef __NR_lchown32
#define __NR_lchown32 NR_NONE
#endif
#ifndef __NR_link
#define __NR_link NR_NONE
#endif
#ifndef __NR_lseek
#define __NR_lseek NR_NONE
#endif
#ifndef __NR_lstat
#define __NR_lstat NR_NONE
#endif
#ifndef __NR_lstat64
#define __NR_lstat64 NR_NONE
#endif
#ifndef __NR_map_shadow_stack
#define __NR_map_shadow_stack NR_NONE
#endif
#ifndef __NR_memfd_secret
#define __NR_memfd_secret NR_NONE
#endif
#ifndef __NR_mkdir
#define __NR_mkdir NR_NONE
#endif
#ifndef __NR_mknod
#define __NR_mknod NR_NONE
#endif
#ifndef __NR_mmap
#define __NR_mmap NR_NONE
#endif
#ifndef __NR_mmap2
#define __NR_mmap2 NR_NONE
#endif
#ifndef __NR_mq_timedreceive
#define __NR_mq_timedreceive NR_NONE
#endif
#ifndef __NR_mq_timedreceive_time64
#define __NR_mq_timedreceive_time64 NR_NONE
#endif
#ifndef __NR_mq_timedsend
#define __NR_mq_timedsend NR_NONE
#endif
#ifndef __NR_mq_timedsend_time64
#define __NR_mq_timedsend_time64 NR_NONE
#endif
#ifndef __NR_msgctl
#define __NR_msgctl NR_NONE
#endif
#ifndef __NR_msgget
#define __NR_msgget NR_NONE
#endif
#ifndef __NR_msgrcv
#define __NR_msgrcv NR_NONE
#endif
#ifndef __NR_msgsnd
#define __NR_msgsnd NR_NONE
#endif
#ifndef __NR_nanosleep
#define __NR_nanosleep NR_NONE
#endif
#ifndef __NR_nanosleep_time64
#define __NR_nanosleep_time64 NR_NONE
#endif
#ifndef __NR_newfstatat
#define __NR_newfstatat NR_NONE
#endif
#ifndef __NR_nice
#define __NR_nice NR_NONE
#endif
#ifndef __NR_oldfstat
#define __NR_oldfstat NR_NONE
#endif
#ifndef __NR_oldlstat
#define __NR_oldlstat NR_NONE
#endif
#ifndef __NR_oldolduname
#define __NR_oldolduname NR_NONE
#endif
#ifndef __NR_oldstat
#define __NR_oldstat NR_NONE
#endif
#ifndef __NR_oldumount
#define __NR_oldumount NR_NONE
#endif
#ifndef __NR_olduname
#define __NR_olduname NR_NONE
#endif
#ifndef __NR_open
#define __NR_open NR_NONE
#endif
#ifndef __NR_openat2
#define __NR_openat2 NR_NONE
#endif
#ifndef __NR_pause
#define __NR_pause NR_NONE
#endif
#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd NR_NONE
#endif
#ifndef __NR_pidfd_open
#define __NR_pidfd_open NR_NONE
#endif
#ifndef __NR_pipe
#define __NR_pipe NR_NONE
#endif
#ifndef __NR_poll
#define __NR_poll NR_NONE
#endif
#ifndef __NR_ppoll
#define __NR_ppoll NR_NONE
#endif
#ifndef __NR_ppoll_time64
#define __NR_ppoll_time64 NR_NONE
#endif
#ifndef __NR_pread64
#define __NR_pread64 NR_NONE
#endif
#ifndef __NR_process_madvise
#define __NR_process_madvise NR_NONE
#endif
#ifndef __NR_process_mrelease
#define __NR_process_mrelease NR_NONE
#endif
#ifndef __NR_pselect6
#define __NR_pselect6 NR_NONE
#endif
#ifndef __NR_pselect6_time64
#define __NR_pselect6_time64 NR_NONE
#endif
#ifndef __NR_pwrite64
#define __NR_pwrite64 NR_NONE
#endif
#ifndef __NR_readdir
#define __NR_readdir NR_NONE
#endif
#ifndef __NR_readlink
#define __NR_readlink NR_NONE
#endif
#ifndef __NR_recv
#define __NR_recv NR_NONE
#endif
#ifndef __NR_recvmmsg
#define __NR_recvmmsg NR_NONE
#endif
#ifndef __NR_recvmmsg_time64
#define __NR_recvmmsg_time64 NR_NONE
#endif
#ifndef __NR_rename
#define __NR_rename NR_NONE
#endif
#ifndef __NR_renameat
#define __NR_renameat NR_NONE
#endif
#ifndef __NR_rmdir
#define __NR_rmdir NR_NONE
#endif
#ifndef __NR_rt_sigtimedwait
#define __NR_rt_sigtimedwait NR_NONE
#endif
#ifndef __NR_rt_sigtimedwait_time64
#define __NR_rt_sigtimedwait_time64 NR_NONE
#endif
#ifndef __NR_sched_rr_get_interval
#define __NR_sched_rr_get_interval NR_NONE
#endif
#ifndef __NR_sched_rr_get_interval_time64
#define __NR_sched_rr_get_interval_time64 NR_NONE
#endif
#ifndef __NR_select
#define __NR_select NR_NONE
#endif
#ifndef __NR_semctl
#define __NR_semctl NR_NONE
#endif
#ifndef __NR_semget
#define __NR_semget NR_NONE
#endif
#ifndef __NR_semop
#define __NR_semop NR_NONE
#endif
#ifndef __NR_semtimedop
#define __NR_semtimedop NR_NONE
#endif
#ifndef __NR_semtimedop_time64
#define __NR_semtimedop_time64 NR_NONE
#endif
#ifndef __NR_send
#define __NR_send NR_NONE
#endif
#ifndef __NR_sendfile
#define __NR_sendfile NR_NONE
#endif
#ifndef __NR_sendfile64
#define __NR_sendfile64 NR_NONE
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node NR_NONE
#endif
#ifndef __NR_set_thread_area
#define __NR_set_thread_area NR_NONE
#endif
#ifndef __NR_setfsgid
#define __NR_setfsgid NR_NONE
#endif
#ifndef __NR_setfsgid32
#define __NR_setfsgid32 NR_NONE
#endif
#ifndef __NR_setfsuid
#define __NR_setfsuid NR_NONE
#endif
#ifndef __NR_setfsuid32
#define __NR_setfsuid32 NR_NONE
#endif
#ifndef __NR_setgid
#define __NR_setgid NR_NONE
#endif
#ifndef __NR_setgid32
#define __NR_setgid32 NR_NONE
#endif
#ifndef __NR_setgroups
#define __NR_setgroups NR_NONE
#endif
#ifndef __NR_setgroups32
#define __NR_setgroups32 NR_NONE
#endif
#ifndef __NR_setitimer
#define __NR_setitimer NR_NONE
#endif
#ifndef __NR_setregid
#define __NR_setregid NR_NONE
#endif
#ifndef __NR_setregid32
#define __NR_setregid32 NR_NONE
#endif
#ifndef __NR_setresgid
#define __NR_setresgid NR_NONE
#endif
#ifndef __NR_setresgid32
#define __NR_setresgid32 NR_NONE
#endif
#ifndef __NR_setresuid
#define __NR_setresuid NR_NONE
#endif
#ifndef __NR_setresuid32
#define __NR_setresuid32 NR_NONE
#endif
#ifndef __NR_setreuid
#define __NR_setreuid NR_NONE
#endif
#ifndef __NR_setreuid32
#define __NR_setreuid32 NR_NONE
#endif
#ifndef __NR_setrlimit
#define __NR_setrlimit NR_NONE
#endif
#ifndef __NR_settimeofday
#define __NR_settimeofday NR_NONE
#endif
#ifndef __NR_setuid
#define __NR_setuid NR_NONE
#endif
#ifndef __NR_setuid32
#define __NR_setuid32 NR_NONE
#endif
#ifndef __NR_sgetmask
#define __NR_sgetmask NR_NONE
#endif
#ifndef __NR_shmat
#define __NR_shmat NR_NONE
#endif
#ifndef __NR_shmctl
#define __NR_shmctl NR_NONE
#endif
#ifndef __NR_shmdt
#define __NR_shmdt NR_NONE
#endif
#ifndef __NR_shmget
#define __NR_shmget NR_NONE
#endif
#ifndef __NR_sigaction
#define __NR_sigaction NR_NONE
#endif
#ifndef __NR_signal
#define __NR_signal NR_NONE
#endif
#ifndef __NR_signalfd
#define __NR_signalfd NR_NONE
#endif
#ifndef __NR_sigpending
#define __NR_sigpending NR_NONE
#endif
#ifndef __NR_sigprocmask
#define __NR_sigprocmask NR_NONE
#endif
#ifndef __NR_sigreturn
#define __NR_sigreturn NR_NONE
#endif
#ifndef __NR_sigsuspend
#define __NR_sigsuspend NR_NONE
#endif
#ifndef __NR_socketcall
#define __NR_socketcall NR_NONE
#endif
#ifndef __NR_ssetmask
#define __NR_ssetmask NR_NONE
#endif
#ifndef __NR_stat
#define __NR_stat NR_NONE
#endif
#ifndef __NR_stat64
#define __NR_stat64 NR_NONE
#endif
#ifndef __NR_statfs
#define __NR_statfs NR_NONE
#endif
#ifndef __NR_statfs64
#define __NR_statfs64 NR_NONE
#endif
#ifndef __NR_stime
#define __NR_stime NR_NONE
#endif
#ifndef __NR_symlink
#define __NR_symlink NR_NONE
#endif
#ifndef __NR_sync_file_range
#define __NR_sync_file_range NR_NONE
#endif
#ifndef __NR_sync_file_range2
#define __NR_sync_file_range2 NR_NONE
#endif
#ifndef __NR_sysfs
#define __NR_sysfs NR_NONE
#endif
#ifndef __NR_time
#define __NR_time NR_NONE
#endif
#ifndef __NR_timer_gettime
#define __NR_timer_gettime NR_NONE
#endif
#ifndef __NR_timer_gettime64
#define __NR_timer_gettime64 NR_NONE
#endif
#ifndef __NR_timer_settime
#define __NR_timer_settime NR_NONE
#endif
#ifndef __NR_timer_settime64
#define __NR_timer_settime64 NR_NONE
#endif
#ifndef __NR_timerfd_gettime
#define __NR_timerfd_gettime NR_NONE
#endif
#ifndef __NR_timerfd_gettime64
#define __NR_timerfd_gettime64 NR_NONE
#endif
#ifndef __NR_timerfd_settime
#define __NR_timerfd_settime NR_NONE
#endif
#ifndef __NR_timerfd_settime64
#define __NR_timerfd_settime64 NR_NONE
#endif
#ifndef __NR_truncate
#define __NR_truncate NR_NONE
#endif
#ifndef __NR_truncate64
#define __NR_truncate64 NR_NONE
#endif
#ifndef __NR_ugetrlimit
#define __NR_ugetrlimit NR_NONE
#endif
#ifndef __NR_umount
#define __NR_umount NR_NONE
#endif
#ifndef __NR_unlink
#define __NR_unlink NR_NONE
#endif
#ifndef __NR_uselib
#define __NR_uselib NR_NONE
#endif
#ifndef __NR_ustat
#define __NR_ustat NR_NONE
#endif
#ifndef __NR_utime
#define __NR_utime NR_NONE
#endif
#ifndef __NR_utimensat
#define __NR_utimensat NR_NONE
#endif
#ifndef __NR_utimensat_time64
#define __NR_utimensat_time64 NR_NONE
#endif
#ifndef __NR_utimes
#define __NR_utimes NR_NONE
#endif
#ifndef __NR_vfork
#define __NR_vfork NR_NONE
#endif
#ifndef __NR_wait4
#define __NR_wait4 NR_NONE
#endif
#ifndef __NR_waitpid
#define __NR_waitpid NR_NONE
#endif

#endif
