/*
 * x86: the FP state on its way between the gate, signal frames and debuggers.
 *
 * A guest can call sigreturn with any frame: the XSAVE header is cut to what the host's own frames
 * contain.
 */
#include "asm-um/xsave.h"

#include "sysdep/frame.h"
#include "um/arch.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"

#define XFEATURES_LEGACY 3ULL	/* x87 and SSE: what FXSAVE holds */

static u64 features_of(const u8 *fp)
{
	u64 features;

	memcpy(&features, fp + XSAVE_FEATURES, sizeof(features));
	return features;
}

static void set_features(u8 *fp, u64 features)
{
	memcpy(fp + XSAVE_FEATURES, &features, sizeof(features));
}

static bool has_xsave(const struct arch_frame_data *arch)
{
	return arch->sw.magic1 == FP_XSTATE_MAGIC1;
}

u8 *xsave_for_frame(struct task *task)
{
	const struct arch_frame_data *arch = frame_arch_data();
	const u32 magic2 = FP_XSTATE_MAGIC2;
	ssize_t size = gate->fp_get(task, NULL, 0);
	u8 *fp;

	if (size < FXSAVE_SIZE)
		return NULL;
	fp = kzalloc(max((size_t)size, (size_t)arch->fpstate_size));
	if (gate->fp_get(task, fp, (size_t)size) < 0) {
		kfree(fp);
		return NULL;
	}
	memcpy(fp + FXSAVE_SOFTWARE, &arch->sw, sizeof(arch->sw));
	if (has_xsave(arch)) {
		set_features(fp, features_of(fp) & arch->sw.xfeatures);
		memcpy(fp + arch->sw.xstate_size, &magic2, sizeof(magic2));
	}
	return fp;
}

/* Does the frame's own description of its extended part hold? */
static bool extended_valid(const u8 *fp, const struct _fpx_sw_bytes *sw,
			   const struct arch_frame_data *arch)
{
	u32 magic2;

	if (!has_xsave(arch) || sw->magic1 != FP_XSTATE_MAGIC1 ||
	    sw->xstate_size < XSAVE_HEADER_END || sw->xstate_size > arch->sw.xstate_size ||
	    sw->xstate_size > sw->extended_size)
		return false;
	memcpy(&magic2, fp + sw->xstate_size, sizeof(magic2));
	return magic2 == FP_XSTATE_MAGIC2;
}

static void sanitize(u8 *fp, const struct arch_frame_data *arch, size_t size)
{
	struct _fpx_sw_bytes sw;
	u64 features = XFEATURES_LEGACY;
	size_t used = FXSAVE_SIZE;

	memcpy(&sw, fp + FXSAVE_SOFTWARE, sizeof(sw));
	if (size < XSAVE_HEADER_END)
		return;
	if (extended_valid(fp, &sw, arch)) {
		features = sw.xfeatures & arch->sw.xfeatures & features_of(fp);
		used = sw.xstate_size;
	}
	if (used < size)
		memset(fp + used, 0, size - used);
	memset(fp + XSAVE_FEATURES, 0, XSAVE_HEADER_END - XSAVE_FEATURES);
	set_features(fp, features);
}

int xsave_from_frame(struct task *task, u8 *fp, size_t size)
{
	const struct arch_frame_data *arch = frame_arch_data();
	u8 *fresh = NULL;
	int err;

	if (fp) {
		sanitize(fp, arch, size);
	} else {
		fresh = kzalloc(size);
		arch_fp_init(fresh, size);
	}
	err = gate->fp_set(task, fp ? fp : fresh, size);
	kfree(fresh);
	return err ? -EFAULT : 0;
}

int xsave_get(struct task *task, void *buf, size_t size)
{
	ssize_t whole = gate->fp_get(task, NULL, 0);
	void *state;

	if (whole < (ssize_t)size)
		return -EIO;
	state = kzalloc((size_t)whole);
	whole = gate->fp_get(task, state, (size_t)whole);
	if (whole >= 0)
		memcpy(buf, state, size);
	kfree(state);
	return whole < 0 ? (int)whole : 0;
}

int xsave_set_legacy(struct task *task, const void *buf, size_t size)
{
	ssize_t whole = gate->fp_get(task, NULL, 0);
	u8 *state;
	int err;

	if (whole < XSAVE_HEADER_END)
		return -EIO;
	state = kzalloc((size_t)whole);
	whole = gate->fp_get(task, state, (size_t)whole);
	err = whole < 0 ? (int)whole : 0;
	if (!err) {
		memcpy(state, buf, min(size, (size_t)FXSAVE_SOFTWARE));
		set_features(state, features_of(state) | XFEATURES_LEGACY);
		err = gate->fp_set(task, state, (size_t)whole);
	}
	kfree(state);
	return err;
}
