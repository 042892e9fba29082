# shellcheck shell=bash
# The targets: what tells one CPU's lab from another's.  Read by tools/portlab.

targets=(arm64 ppc64el ppc s390x armhf riscv64 i386)

# Sets what tells one target from another:
#   deb       Debian architecture of the kernel's package, or empty for a
#             kernel built from source
#   image     the package that depends on the kernel's package of the day
#   karch     what the kernel's build calls the CPU (built kernels only)
#   built     the file that build makes
#   triplet   the cross compiler's
#   libc      what the names of its C library's packages end with
#   emulator  the package of the emulator
#   machine   the emulator's command
#   tty       the console in the guest
#   granule   the guest's memory is a multiple of this many MB
describe() {
	arch=$1
	local quiet=(-nodefaults)
	deb='' image=linux-source karch='' built='' granule=1
	case $arch in
	arm64)
		deb=arm64 image=linux-image-arm64
		triplet=aarch64-linux-gnu libc=arm64-cross
		emulator=qemu-system-arm tty=ttyAMA0
		machine=(qemu-system-aarch64 -M virt -cpu cortex-a72)
		;;
	ppc64el)
		deb=ppc64el image=linux-image-powerpc64le
		triplet=powerpc64le-linux-gnu libc=ppc64el-cross
		emulator=qemu-system-ppc tty=hvc0 granule=256
		# The caps are speculation barriers that software lacks; each
		# would be warned about.
		machine=(qemu-system-ppc64 -M "pseries,x-vof=on,cap-cfpc=broken")
		machine[2]+=,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
		;;
	ppc)
		karch=powerpc built=vmlinux
		triplet=powerpc-linux-gnu libc=powerpc-cross
		emulator=qemu-system-ppc tty=ttyPZ0
		machine=(qemu-system-ppc -M "mac99,via=pmu")
		# Its firmware stops when there is no display.
		quiet=(-nic none)
		;;
	s390x)
		deb=s390x image=linux-image-s390x
		triplet=s390x-linux-gnu libc=s390x-cross
		emulator=qemu-system-misc tty=ttysclp0
		machine=(qemu-system-s390x -M s390-ccw-virtio)
		;;
	armhf)
		deb=armhf image=linux-image-armmp
		triplet=arm-linux-gnueabihf libc=armhf-cross
		emulator=qemu-system-arm tty=ttyAMA0
		machine=(qemu-system-arm -M "virt,highmem=off" -cpu cortex-a15)
		;;
	riscv64)
		karch=riscv built=arch/riscv/boot/Image
		triplet=riscv64-linux-gnu libc=riscv64-cross
		emulator=qemu-system-misc tty=ttyS0
		machine=(qemu-system-riscv64 -M virt)
		;;
	i386)
		deb=i386 image=linux-image-686
		triplet=i686-linux-gnu libc=i386-cross
		emulator=qemu-system-x86 tty=ttyS0
		machine=(qemu-system-i386 -M pc -cpu max)
		;;
	*)
		die "no target '$arch'; there are: ${targets[*]}"
		;;
	esac
	machine+=("${quiet[@]}" -accel tcg -display none -monitor none
		-serial stdio -no-reboot)
	dir=$cache/$arch
}
