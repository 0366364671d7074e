// Package signupd is a client for signupd's socket: the standard library only, shared by any number of goroutines,
// several requests in flight on one connection.
package signupd

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

const pause, grace = 200 * time.Millisecond, 5 * time.Second // Between tries; and beyond the server's own timeout.

// Error is what came instead of a result. Decide by Reason; Status is an HTTP status that a backend can hand on.
type Error struct {
	Message string
	Data    struct {
		Reason, Field, Hint string
		Status              int
		RetryAfter          int `json:"retry_after"`
	}
}

func (e *Error) Error() string { return e.Message }

// Params are a method's params by name.
type Params map[string]any

// Client holds one connection, opened when it is needed.
type Client struct {
	Path    string
	Timeout time.Duration // Of one call.

	mutex   sync.Mutex
	conn    net.Conn
	lastID  int
	waiting map[int]chan<- reply
}

type reply struct {
	ID     int
	Result json.RawMessage
	Error  *Error
}

// Call fills result or returns an *Error. A lost connection is opened again and the request repeated until its time is
// up, with the same key, so that it is done once. The key is a random one for each thing that a person does.
func (c *Client) Call(ctx context.Context, method, key string, params Params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout+grace)
	defer cancel()
	all := Params{"_meta": Params{"timeout_ms": c.Timeout.Milliseconds(), "idempotency_key": key}}
	for name, value := range params {
		all[name] = value
	}
	for ; ctx.Err() == nil; time.Sleep(pause) {
		answers, conn, err := c.send(method, all)
		if err != nil {
			continue
		}
		select {
		case answer, ok := <-answers: // Closed with the connection.
			if answer.Error != nil {
				return answer.Error
			} else if ok {
				return json.Unmarshal(answer.Result, result)
			}
		case <-ctx.Done():
			conn.Close() // The requests of others on it are repeated on the next.
		}
	}
	unknown := &Error{Message: fmt.Sprintf("signupd did not answer: %v", ctx.Err())} // It may have been done.
	unknown.Data.Reason, unknown.Data.Status = "NO_REPLY", 504
	return unknown
}

func (c *Client) send(method string, params Params) (<-chan reply, net.Conn, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.conn == nil {
		conn, err := net.DialTimeout("unix", c.Path, grace)
		if err != nil {
			return nil, nil, err
		}
		c.conn, c.waiting = conn, map[int]chan<- reply{}
		go c.receive(conn, c.waiting)
	}
	c.lastID++
	answers := make(chan reply, 1)
	c.waiting[c.lastID] = answers
	c.conn.SetWriteDeadline(time.Now().Add(grace)) // A server that stopped reading must not hold a caller for ever.
	request := Params{"jsonrpc": "2.0", "id": c.lastID, "method": method, "params": params}
	err := json.NewEncoder(c.conn).Encode(request) // A line, with its LF.
	if err != nil {
		c.conn.Close() // What follows half a line would be lost.
	}
	return answers, c.conn, err
}

// receive hands replies to those who wait, until the connection ends.
func (c *Client) receive(conn net.Conn, waiting map[int]chan<- reply) {
	decoder := json.NewDecoder(conn)
	for answer := (reply{}); decoder.Decode(&answer) == nil; answer = (reply{}) {
		c.mutex.Lock()
		if answers := waiting[answer.ID]; answers != nil { // Else nobody waits for it any more.
			answers <- answer
			delete(waiting, answer.ID)
		}
		c.mutex.Unlock()
	}
	conn.Close()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, answers := range waiting {
		close(answers)
	}
	c.conn = nil
}
