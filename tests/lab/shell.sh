# What a busybox shell can do, in lines that are the same on every kernel: pipes, processes,
# files, arithmetic.  $1 is busybox.
b=$1
echo begin
for i in 3 1 2; do echo "line $i"; done | $b sort | $b sed 's/line/row/' | $b tr '\n' ' '
echo "$((6 * 7)) $(echo nested "$(echo deeper)")"
(exit 3)
echo "status $?"
$b sleep 1 &
wait $!
echo "waited $?"
dir=$($b mktemp -d) || exit 1
cd "$dir" || exit 1
$b seq 1 20000 >numbers
$b wc -lc <numbers
$b md5sum numbers
$b dd if=numbers of=part bs=1000 count=3 skip=2 2>/dev/null
$b md5sum part
$b gzip -k numbers && $b gunzip -c numbers.gz | $b cmp - numbers && echo same
$b mkdir -p a/b && $b touch -d '2001-02-03 04:05:06' a/b/c && $b stat -c '%n %s %Y %f' a/b/c
$b ln -s a/b link && $b ls link
$b awk 'BEGIN { printf "%.10f\n", 10 / 3 }'
trap 'echo caught' USR1
$b kill -USR1 $$
cd / && $b rm -r "$dir"
echo end
