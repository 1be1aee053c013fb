package faults

// chaos draws a number for the nth request of a call: the same in each run, and as good as random
// (the finalizer of splitmix64).
func chaos(call uint32, nth int) uint64 {
	z := (uint64(call)<<16 + uint64(nth)) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
