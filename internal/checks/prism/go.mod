module github.com/sellerscenter/client-go/internal/checks/prism

go 1.25.0

replace github.com/sellerscenter/client-go => ../../..

require (
	github.com/google/uuid v1.6.0
	github.com/sellerscenter/client-go v0.0.0
)

require (
	github.com/apapsch/go-jsonmerge/v2 v2.0.0 // indirect
	github.com/oapi-codegen/runtime v1.8.0 // indirect
)
