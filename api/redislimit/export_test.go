package redislimit

// For tests that give the script another clock.
var (
	Source    = takeSource
	Arguments = arguments
	GrantOf   = grantOf
)
