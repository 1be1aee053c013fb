package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// job is what the demo is to wait for.
type job struct {
	baseURL string
	key     string
	ids     []uuid.UUID
	fake    bool // the server ends with the demo
	opts    []api.WaitOption
}

func (j job) empty() bool { return j.baseURL == "" && j.key == "" && len(j.ids) == 0 }

// check says what a job that is not empty lacks.
func (j job) check() error {
	switch {
	case j.baseURL == "":
		return fmt.Errorf("%w: SELLERS_CENTER_BASE_URL is not set", errUsage)
	case j.key == "":
		return fmt.Errorf("%w: SELLERS_CENTER_API_KEY is not set", errUsage)
	case len(j.ids) == 0:
		return fmt.Errorf("%w: no batch; add -batch UUID", errUsage)
	default:
		return nil
	}
}

// parse returns the job that the arguments and the environment name, which may be empty.
func (d demo) parse(args []string) (job, error) {
	j := job{baseURL: d.env("SELLERS_CENTER_BASE_URL"), key: d.env("SELLERS_CENTER_API_KEY")}
	add := func(s string) error {
		id, err := uuid.Parse(s)
		if err != nil {
			return errors.New("not a UUID")
		}
		if !slices.Contains(j.ids, id) {
			j.ids = append(j.ids, id)
		}
		return nil
	}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	usage := "the `UUID` of a batch on the server at SELLERS_CENTER_BASE_URL; may be repeated"
	flags.Func("batch", usage, add)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(d.stdout)
		flags.Usage()
		return job{}, err
	case err != nil:
		return job{}, fmt.Errorf("%w: %w", errUsage, err)
	case j.empty():
		return j, nil
	default:
		return j, j.check()
	}
}
