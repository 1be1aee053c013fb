package retry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// alert is the error for an alert that the server sent over TCP.
func alert(number uint8) error {
	return &net.OpError{Op: "remote error", Err: tls.AlertError(number)}
}

// TestPermanent has errors as net/http returns them. That the texts of the real ones are these,
// package api tests with servers and proxies that refuse the client.
func TestPermanent(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("%w: vault is sealed", auth.ErrSource), true},
		{attempt.TooLargeError(4 << 20), true},
		{&tls.CertificateVerificationError{Err: errors.New("bad")}, true},
		{x509.UnknownAuthorityError{}, true},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "sellers.example.com"}, true},
		{x509.CertificateInvalidError{Reason: x509.Expired}, true},
		{http.ErrSchemeMismatch, true},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, true},
		{alert(40), true},
		{alert(42), true},
		{alert(43), true},
		{alert(44), true},
		{alert(45), true},
		{alert(46), true},
		{alert(48), true},
		{alert(49), true},
		{alert(70), true},
		{alert(71), true},
		{alert(112), true},
		{alert(116), true},
		{alert(120), true},
		{errors.New(http.StatusText(http.StatusUnauthorized)), true},
		{errors.New(http.StatusText(http.StatusForbidden)), true},
		{errors.New(http.StatusText(http.StatusMethodNotAllowed)), true},
		{errors.New(http.StatusText(http.StatusProxyAuthRequired)), true},
		{errors.New(`net/http: invalid header field value for "X-Shop"`), true},
		{errors.New("net/http: can't write control character in Request.URL"), true},
		{errors.New(`unsupported protocol scheme "htps"`), true},
		{errors.New("http: no Host in request URL"), true},
		{errors.New("http: Request.RequestURI can't be set in client requests"), true},

		{io.ErrUnexpectedEOF, false},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, false},
		{&net.OpError{Op: "local error", Err: tls.AlertError(42)}, false},
		{alert(80), false}, // internal_error
		{errors.New(http.StatusText(http.StatusBadGateway)), false},
		{errors.New("net/http: TLS handshake timeout"), false},
	} {
		t.Run(tt.err.Error(), func(t *testing.T) {
			err := &url.Error{Op: "Get", URL: "https://sellers.example.com", Err: tt.err}
			if Permanent(err) != tt.want {
				t.Errorf("%v is permanent: %v", err, !tt.want)
			}
		})
	}
}
