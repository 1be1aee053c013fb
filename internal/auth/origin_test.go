package auth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/internal/auth"
)

func originOf(t testing.TB, rawURL string) auth.Origin {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return auth.OriginOf(u)
}

// TestOriginOf compares origins, and the accounts of a key there.
func TestOriginOf(t *testing.T) {
	key := keyOf(t, marked)
	for _, tt := range []struct {
		base, target string
		same         bool
	}{
		{"https://api.example.com/prefix", "https://api.example.com/x", true},
		{"https://api.example.com", "https://API.example.com:443/x", true},
		{"https://API.example.com:443", "https://api.example.com/x", true},
		{"http://localhost", "http://localhost:80/x", true},
		{"https://[::1]:8443", "https://[::1]:8443/x", true},
		{"https://b\u00fccher.example", "https://b%C3%BCcher.example/x", true},

		{"https://api.example.com", "http://api.example.com/x", false},
		{"https://api.example.com", "http://api.example.com:443/x", false},
		{"https://api.example.com", "https://api.example.com:80/x", false},
		{"https://api.example.com:8443", "https://api.example.com/x", false},
		{"http://localhost", "https://localhost/x", false},
		{"http://localhost", "http://127.0.0.1/x", false},
		{"https://api.example.com", "https://example.com/x", false},
		{"https://api.example.com", "https://evil.example/api.example.com", false},
		{"https://api.example.com", "https://cdn.api.example.com/x", false},
		{"https://api.example.com", "https://evilapi.example.com/x", false},
		{"https://api.example.com", "https://api.example.com.evil.example/x", false},
		{"https://api.example.com", "https://api.example.com@evil.example/x", false},
		{"https://api.example.com", "https://api.example.com:443@evil.example/x", false},
		{"https://api.example.com", "https://api.example.com./x", false},

		// Letters that Unicode folds to ASCII, or that are not valid UTF-8.
		{"https://api.partner.example", "https://ap\u0130.partner.example/x", false},
		{"https://api.partner.example", "https://ap%C4%B0.partner.example/x", false},
		{"https://kiosk.example", "https://\u212aiosk.example/x", false},
		{"https://seller.example", "https://\u017feller.example/x", false},
		{"https://b\u00fccher.example", "https://B\u00dcCHER.example/x", false},
		{"https://xn--bcher-kva.example", "https://b\u00fccher.example/x", false},
		{"https://ap%FE.example", "https://ap%FF.example/x", false},
	} {
		base := originOf(t, tt.base)
		target := originOf(t, tt.target)
		same := base == target
		if sameAccount := base.Account(key) == target.Account(key); same != tt.same || sameAccount != same {
			t.Errorf("%s and %s have one origin: %v, and one account: %v, want %v",
				tt.base, tt.target, same, sameAccount, tt.same)
		}
	}
}

func TestAccountIsOfOneKeyAndDoesNotShowIt(t *testing.T) {
	origin := originOf(t, "https://api.example.com")
	account := origin.Account(keyOf(t, marked))
	if account == origin.Account(keyOf(t, "another-key-0123456789")) || strings.Contains(account, "key") {
		t.Errorf("the account is %q", account)
	}
	if account != origin.Account(keyOf(t, " "+marked+"\n")) {
		t.Error("white space around the key makes another account")
	}
}
