// SPDX-License-Identifier: GPL-2.0

// speak serve ADDRESS:PORT READY CONNECTIONS: answers so many connections with what they send
// speak ask ADDRESS:PORT CONNECTIONS: makes so many at once and wants the same back
//
// Of Go's own library, which makes its system calls itself.
package main

import (
	"bytes"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"sync"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// Every one of n at the same time
func each(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := 0; i < n; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			do(i)
		}(i)
	}
	all.Wait()
}

func serve(address, ready string, n int) {
	listener, err := net.Listen("tcp", address)
	check(err)
	file, err := os.Create(ready)
	check(err)
	check(file.Close())
	each(n, func(int) {
		conn, err := listener.Accept()
		check(err)
		_, err = io.Copy(conn, conn)
		check(err)
		check(conn.Close())
	})
}

func ask(address string, n int) {
	each(n, func(i int) {
		conn, err := net.Dial("tcp", address)
		check(err)
		said := bytes.Repeat([]byte{byte(i)}, 100000)
		go func() {
			_, err := conn.Write(said)
			check(err)
			check(conn.(*net.TCPConn).CloseWrite())
		}()
		heard, err := io.ReadAll(conn)
		check(err)
		if !bytes.Equal(said, heard) {
			log.Fatalf("connection %d: %d bytes came back, not those that were sent", i, len(heard))
		}
		check(conn.Close())
	})
}

func main() {
	switch {
	case len(os.Args) == 5 && os.Args[1] == "serve":
		serve(os.Args[2], os.Args[3], number(os.Args[4]))
	case len(os.Args) == 4 && os.Args[1] == "ask":
		ask(os.Args[2], number(os.Args[3]))
	default:
		log.Fatal("usage: speak serve ADDRESS:PORT READY CONNECTIONS | ask ADDRESS:PORT CONNECTIONS")
	}
}
