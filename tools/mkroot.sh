#!/bin/sh
# Makes a small guest root in DIR from Debian's busybox-static: all its applets, an init that
# comes up to a shell, and the few files in /etc that programs look for.  Running it again
# repairs what is missing and leaves what is there alone.
#
#   tools/mkroot.sh DIR
#
# BUSYBOX is the program to put there, if it is another than this machine's own: another CPU's.
set -eu

[ $# -eq 1 ] || { echo "usage: tools/mkroot.sh DIR" >&2; exit 2; }
dir=$1
busybox=$(command -v busybox) || { echo "mkroot: busybox is missing (make deps)" >&2; exit 1; }

umask 022
for sub in bin sbin usr/bin usr/sbin etc/init.d dev proc sys tmp run root home mnt opt var/log \
	var/tmp usr/share lib; do
	[ -d "$dir/$sub" ] || mkdir -p "$dir/$sub"
done
chmod 1777 "$dir/tmp" "$dir/var/tmp"
chmod 0700 "$dir/root"

[ -e "$dir/bin/busybox" ] || cp "${BUSYBOX:-$busybox}" "$dir/bin/busybox"
"$busybox" --list-full | while read -r applet; do
	case $applet in
	*busybox) continue ;;
	esac
	[ -e "$dir/$applet" ] || [ -L "$dir/$applet" ] || ln -s /bin/busybox "$dir/$applet"
done

# file NAME: writes standard input to DIR/NAME unless that is there.
file() {
	if [ -e "$dir/$1" ]; then
		cat >/dev/null
	else
		cat >"$dir/$1"
	fi
}

file etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
END
file etc/group <<'END'
root:x:0:
tty:x:5:
nogroup:x:65534:
END
file etc/hosts <<'END'
127.0.0.1	localhost
END
file etc/fstab <<'END'
proc	/proc		proc	nosuid,nodev,noexec		0 0
sysfs	/sys		sysfs	nosuid,nodev,noexec		0 0
devpts	/dev/pts	devpts	gid=5,mode=620,ptmxmode=666	0 0
tmpfs	/dev/shm	tmpfs	nosuid,nodev,mode=1777		0 0
tmpfs	/run		tmpfs	nosuid,nodev,mode=755		0 0
tmpfs	/tmp		tmpfs	nosuid,nodev,mode=1777		0 0
END
file etc/profile <<'END'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PS1='\u@\h:\w\$ '
umask 022
END
file etc/inittab <<'END'
::sysinit:/etc/init.d/rcS
tty0::once:-/etc/init.d/session
::ctrlaltdel:/sbin/reboot
::shutdown:/etc/init.d/rcK
END
file etc/init.d/rcS <<'END'
#!/bin/sh
# The file systems of fstab; /dev itself is the kernel's.
mkdir -p /dev/pts /dev/shm
mount -a
[ ! -x /etc/rc.local ] || /etc/rc.local
END
file etc/init.d/rcK <<'END'
#!/bin/sh
umount -a -r 2>/dev/null
sync
END
# The '-' in inittab gives this the terminal as its controlling one.
file etc/init.d/session <<'END'
#!/bin/sh
# One login shell on the console; its end is the machine's.
export HOME=/root USER=root LOGNAME=root
cd /root
/bin/sh -l
exec poweroff -f
END
chmod 0755 "$dir/etc/init.d/rcS" "$dir/etc/init.d/rcK" "$dir/etc/init.d/session"
