// Package lptest serves fake LivePerson services, as net/http/httptest serves
// fake HTTP ones.
package lptest
