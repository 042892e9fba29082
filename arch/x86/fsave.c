/*
 * x86: the x87 state as FSAVE and as FXSAVE store it (Intel SDM vol. 1, 8.1.10 and 10.5.1).
 *
 * The older form has a tag of two bits for each register, which says what is in it; the newer
 * only one, that there is something.
 */
#include "asm-um/fsave.h"

/* Offsets in FSAVE's image, of 32-bit words, the registers' of 10 bytes each, ... */
enum { OLD_CW = 0, OLD_SW = 4, OLD_TAG = 8, OLD_IP = 12, OLD_CS = 16, OLD_DP = 20, OLD_DS = 24,
       OLD_ST = 28, OLD_STATUS = 108, OLD_MAGIC = 110, OLD_ST_SIZE = 10 };
/* ... in FXSAVE's, where the registers take 16. */
enum { NEW_CW = 0, NEW_SW = 2, NEW_TAG = 4, NEW_OP = 6, NEW_IP = 8, NEW_CS = 12, NEW_DP = 16,
       NEW_DS = 20, NEW_ST = 32, NEW_ST_SIZE = 16 };
enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static u16 get16(const u8 *at)
{
	return (u16)(at[0] | at[1] << 8);
}

static u32 get32(const u8 *at)
{
	return get16(at) | (u32)get16(at + 2) << 16;
}

static void put32(u8 *at, u32 value)
{
	memcpy(at, &value, sizeof(value));
}

static void put16(u8 *at, u16 value)
{
	memcpy(at, &value, sizeof(value));
}

static u32 tag_of(const u8 *st)
{
	u32 exponent = get16(st + 8) & 0x7fff;

	if (exponent == 0x7fff)
		return TAG_SPECIAL;
	if (exponent)
		return st[7] & 0x80 ? TAG_VALID : TAG_SPECIAL;
	return get32(st) || get32(st + 4) ? TAG_SPECIAL : TAG_ZERO;
}

/* Tags are of the physical registers, the contents from the top of the stack on. */
static u32 full_tags(const u8 *fxsave)
{
	u32 top = get16(fxsave + NEW_SW) >> 11 & 7, tags = 0xffff0000;

	for (u32 i = 0; i < 8; i++) {
		const u8 *st = fxsave + NEW_ST + ((i - top) & 7) * NEW_ST_SIZE;

		tags |= (fxsave[NEW_TAG] >> i & 1 ? tag_of(st) : TAG_EMPTY) << 2 * i;
	}
	return tags;
}

void fsave_from_fxsave(u8 *fsave, const u8 *fxsave)
{
	put32(fsave + OLD_CW, get16(fxsave + NEW_CW) | 0xffff0000);
	put32(fsave + OLD_SW, get16(fxsave + NEW_SW) | 0xffff0000);
	put32(fsave + OLD_TAG, full_tags(fxsave));
	put32(fsave + OLD_IP, get32(fxsave + NEW_IP));
	put32(fsave + OLD_CS, get16(fxsave + NEW_CS) | (u32)get16(fxsave + NEW_OP) << 16);
	put32(fsave + OLD_DP, get32(fxsave + NEW_DP));
	put32(fsave + OLD_DS, get16(fxsave + NEW_DS) | 0xffff0000);
	for (u32 i = 0; i < 8; i++)
		memcpy(fsave + OLD_ST + i * OLD_ST_SIZE, fxsave + NEW_ST + i * NEW_ST_SIZE, OLD_ST_SIZE);
	put16(fsave + OLD_STATUS, get16(fxsave + NEW_SW));
	put16(fsave + OLD_MAGIC, 0);	/* the newer form follows */
}

/* Selectors stay as they are: under a 64-bit kernel their places in the newer form are the upper
 * halves of the pointers, and Linux does not take them from the older one. */
void fsave_to_fxsave(u8 *fxsave, const u8 *fsave)
{
	u32 tags = get32(fsave + OLD_TAG);

	put16(fxsave + NEW_CW, get16(fsave + OLD_CW));
	put16(fxsave + NEW_SW, get16(fsave + OLD_SW));
	put16(fxsave + NEW_TAG, 0);
	for (u32 i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) != TAG_EMPTY)
			fxsave[NEW_TAG] |= (u8)(1 << i);
	put16(fxsave + NEW_OP, get16(fsave + OLD_CS + 2));
	put32(fxsave + NEW_IP, get32(fsave + OLD_IP));
	put32(fxsave + NEW_DP, get32(fsave + OLD_DP));
	for (u32 i = 0; i < 8; i++)
		memcpy(fxsave + NEW_ST + i * NEW_ST_SIZE, fsave + OLD_ST + i * OLD_ST_SIZE, OLD_ST_SIZE);
}
