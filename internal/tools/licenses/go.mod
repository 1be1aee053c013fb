module github.com/sellerscenter/client-go/internal/tools/licenses

go 1.25.0

require github.com/google/licensecheck v0.3.1
