// Opens signed requests with Go's own signed notes (golang.org/x/mod/sumdb/note), and signs one with a key of ours.
// Reads a JSON list of {name, note, vkeys, skey, text} from standard input: with skey it signs text, otherwise it opens
// note with the verifier keys. Prints a JSON list of {name, ok, said, signers, note}.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
)

type question struct {
	Name  string   `json:"name"`
	Note  string   `json:"note"`
	Vkeys []string `json:"vkeys"`
	Skey  string   `json:"skey"`
	Text  string   `json:"text"`
}

type answer struct {
	Name    string   `json:"name"`
	OK      bool     `json:"ok"`
	Said    string   `json:"said"`
	Signers []string `json:"signers"`
	Note    string   `json:"note"`
}

func signed(asked question) (answer, error) {
	signer, err := note.NewSigner(asked.Skey)
	if err != nil {
		return answer{}, err
	}
	made, err := note.Sign(&note.Note{Text: asked.Text}, signer)
	return answer{Note: string(made)}, err
}

func opened(asked question) (answer, error) {
	var known []note.Verifier
	for _, vkey := range asked.Vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return answer{}, err
		}
		known = append(known, verifier)
	}
	found, err := note.Open([]byte(asked.Note), note.VerifierList(known...))
	if err != nil {
		return answer{}, err
	}
	var names []string
	for _, signature := range found.Sigs {
		names = append(names, signature.Name)
	}
	return answer{Signers: names, Said: fmt.Sprintf("%d bytes signed", len(found.Text))}, nil
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, asked := range questions {
		made := opened
		if asked.Skey != "" {
			made = signed
		}
		found, err := made(asked)
		found.Name, found.OK = asked.Name, err == nil
		if err != nil {
			found.Said = err.Error()
		}
		answers = append(answers, found)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
