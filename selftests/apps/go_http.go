// SPDX-License-Identifier: GPL-2.0

// HTTP by Go's net/http, linked statically: its system calls are its own.
//
//	go_http serve PORT           gives back what it is given
//	go_http ask HOST PORT SIZE   looks whether it did, in many connections at once
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const times = 10

func echo(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-From", r.RemoteAddr)
	w.Write(data)
}

func serve(port string) error {
	http.HandleFunc("/echo", echo)
	http.Handle("/file/", http.StripPrefix("/file/", http.FileServer(http.Dir("/proc/self"))))
	return http.ListenAndServe(":"+port, nil)
}

func post(client *http.Client, url string, data []byte) error {
	answer, err := client.Post(url, "application/octet-stream", bytes.NewReader(data))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	back, err := io.ReadAll(answer.Body)
	if err == nil && !bytes.Equal(back, data) {
		err = fmt.Errorf("%d bytes came back, and not those", len(back))
	}
	return err
}

// The server's own program, by sendfile, is this one
func program(client *http.Client, url string) error {
	mine, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err == nil && !bytes.Equal(got, mine) {
		err = fmt.Errorf("%d bytes came of the program, and not those", len(got))
	}
	return err
}

// A read's deadline passes
func deadline(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = conn.Read(make([]byte, 1))
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return nil
	}
	return fmt.Errorf("a read with a deadline ended with: %v", err)
}

func ask(host, port string, size int) error {
	addr := net.JoinHostPort(host, port)
	url := "http://" + addr + "/echo"
	client := &http.Client{Timeout: 100 * time.Second}
	data := make([]byte, size)
	rand.Read(data)
	results := make(chan error, times)
	var all sync.WaitGroup
	for i := 0; i < times; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			results <- post(client, url, data[:i*size/times])
		}(i)
	}
	all.Wait()
	close(results)
	for err := range results {
		if err != nil {
			return err
		}
	}
	if err := post(client, url, data); err != nil {
		return err
	}
	if err := program(client, "http://"+addr+"/file/exe"); err != nil {
		return err
	}
	return deadline(addr)
}

func main() {
	var err error
	if os.Args[1] == "serve" {
		err = serve(os.Args[2])
	} else {
		size, _ := strconv.Atoi(os.Args[4])
		err = ask(os.Args[2], os.Args[3], size)
	}
	if err != nil {
		log.Fatal(err)
	}
}
