// Joins somebody, asking on standard input, or tells how people stand.
//
//	members SOCKET join
//	members SOCKET status EMAIL…
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"example.org/members/signupd"
)

var input = bufio.NewScanner(os.Stdin)

func ask(question string) string {
	fmt.Fprint(os.Stderr, question, ": ")
	input.Scan()
	return input.Text()
}

func newKey() string {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic(err) // Nothing works on a system without random numbers.
	}
	return fmt.Sprintf("%x", bytes)
}

func showError(err error) {
	var refused *signupd.Error
	if !errors.As(err, &refused) {
		fmt.Println("500", err)
		return
	}
	field := ""
	if refused.Data.Field != "" {
		field = " (" + refused.Data.Field + ")"
	}
	fmt.Printf("%d %s %s%s\n", refused.Data.Status, refused.Data.Reason, refused.Message, field)
}

func join(client *signupd.Client) int {
	ctx := context.Background()
	person := signupd.Params{"email": ask("E-mail"), "nickname": ask("Nickname"), "password": ask("Password")}
	var receipt struct {
		Message  string
		SignupID string `json:"signup_id"`
	}
	if err := client.Call(ctx, "signup", newKey(), person, &receipt); err != nil {
		showError(err)
		return 1
	}
	fmt.Printf("201 %s (signup %s)\n", receipt.Message, receipt.SignupID)
	for code := ask("Code"); code != ""; code = ask("Code") {
		var member struct {
			Message  string
			MemberID int64 `json:"member_id"`
		}
		params := signupd.Params{"email": person["email"], "signup_id": receipt.SignupID, "code": code}
		if err := client.Call(ctx, "verify", newKey(), params, &member); err != nil {
			showError(err)
			continue
		}
		fmt.Printf("200 %s (member %d)\n", member.Message, member.MemberID)
		return 0
	}
	return 1
}

func status(client *signupd.Client, addresses []string) int {
	answers := make([]struct{ State string }, len(addresses))
	failures := make([]error, len(addresses))
	var group sync.WaitGroup
	for index := range addresses {
		group.Add(1)
		go func(index int) {
			defer group.Done()
			params := signupd.Params{"email": addresses[index]}
			failures[index] = client.Call(context.Background(), "status", newKey(), params, &answers[index])
		}(index)
	}
	group.Wait()
	for index, address := range addresses {
		if failures[index] != nil {
			showError(failures[index])
			return 1
		}
		fmt.Println(address, answers[index].State)
	}
	return 0
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: members SOCKET join | members SOCKET status EMAIL…")
		os.Exit(64)
	}
	timeout, err := time.ParseDuration(os.Getenv("MEMBERS_TIMEOUT_SECONDS") + "s")
	if err != nil {
		timeout = 10 * time.Second
	}
	client := &signupd.Client{Path: os.Args[1], Timeout: timeout}
	if os.Args[2] == "join" {
		os.Exit(join(client))
	}
	os.Exit(status(client, os.Args[3:]))
}
